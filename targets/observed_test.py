# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a listener hears each look and decides what is seen, and that nothing changes without."""

from __future__ import annotations

from typing import Any

from targets.observed import listening, observed, truth
from targets.protocol import Facts


class Contrary:
    """Tells 13 of everything, and writes down what it heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def fact(self, facts: Any, key: str, value: Any) -> Any:
        self.heard.append(key)
        return 13

    def look(self, observer: str, arguments: tuple[Any, ...], value: Any) -> Any:
        self.heard.append(observer)
        return 13

    def truth(self, value: Any) -> Any:
        return 1 if value == 13 else value


@observed
def one() -> int:
    return 1


def test_without_a_listener_the_truth_is_told() -> None:
    facts = Facts({"a": 1})
    assert (one(), facts.a, facts["a"], "a" in facts, facts.raw, truth(13)) == (
        *(1, 1, 1, True, {"a": 1}, 13),
    )


def test_a_listener_decides_what_is_seen() -> None:
    facts, contrary = Facts({"a": 1}), Contrary()
    with listening(contrary):
        seen = (one(), facts.a, facts["a"], facts.raw)
        assert truth(13) == 1
    assert (seen, contrary.heard) == ((13, 13, 13, 13), ["one", "a", "a", "raw"])
    assert one() == 1


def test_a_listener_goes_with_its_block() -> None:
    try:
        with listening(Contrary()):
            raise KeyError
    except KeyError:
        pass
    assert one() == 1
