# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the first case that differs is told, a missing one too, and facts by their names."""

from __future__ import annotations

import pytest

from conformance.cases import ALL_HOLD, cases, named
from targets.protocol import Facts


@pytest.mark.parametrize(
    "seen, promised, told",
    [
        ({}, {}, ALL_HOLD),
        ({"a": (1, 2)}, {"a": (1, 2)}, ALL_HOLD),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "b: 2 instead of 3"),
        ({"b": 2, "a": 1}, {"a": 0, "b": 0}, "a: 1 instead of 0 (and 1 of 1 others)"),
        ({}, {"a": 1}, "a: nothing instead of 1"),
        ({"a": 1, "c": 2}, {"a": 1}, "c: 2 instead of nothing"),
        ({(1, "x"): 1}, {(1, "x"): 2}, "(1, 'x'): 1 instead of 2"),
    ],
)
def test_first_case_that_differs_is_told(
    seen: dict[object, object], promised: dict[object, object], told: str
) -> None:
    assert cases(seen, promised) == told


def test_facts_are_named() -> None:
    answer = Facts({"ret": 0, "nb_sent": 1, "msgs": []})
    assert named(answer, "ret nb_sent") == {"ret": 0, "nb_sent": 1}
    with pytest.raises(AttributeError, match="no 'nb_received' here"):
        named(answer, "ret nb_received")
