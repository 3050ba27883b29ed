# SPDX-License-Identifier: BSD-3-Clause
"""Proves that frames which do not come round are told, and a DPDK that cannot do it is unavailable."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.ipc_users.capture import Capture, joined, knows, ready_to_capture
from targets.outcome import Unavailable


class Told:
    """Stands in for a scene and its peers: answers by verb, and notes what it was told."""

    def __init__(self, version: list[int], **answers: dict[str, Any]) -> None:
        self.greeting = SimpleNamespace(version=version)
        self.answers = answers
        self.verbs: list[str] = []

    def call(self, verb: str, **_keys: Any) -> Any:
        self.verbs.append(verb)
        return SimpleNamespace(**self.answers.get(verb, {"ret": 0}))

    def primary(self, *_args: str) -> Told:
        return self

    def secondary(self) -> Told:
        return self


def _told(version: list[int], **answers: dict[str, Any]) -> Any:
    return Told(version, **answers)


@pytest.mark.parametrize("took, came", [(1, ["aa", "bb"]), (2, ["aa"]), (2, ["bb", "aa"])])
def test_frames_that_do_not_come_round_are_told(took: int, came: list[str]) -> None:
    peer = _told([22, 11, 11], eth_tx_burst={"ret": took}, eth_rx_burst={"frames": came})
    with pytest.raises(AssertionError) as error:
        Capture(peer, peer, 0).send_around(["aa", "bb"])
    assert repr((took, came)) in str(error.value)


def test_older_release_cannot_be_asked() -> None:
    knows(_told([21, 11, 0]), [21, 11])
    with pytest.raises(Unavailable, match="needs DPDK 21.11 or later"):
        knows(_told([20, 11, 10]), [21, 11])


@pytest.mark.parametrize("version, verbs", [([25, 7, 0], []), ([25, 11, 0], ["pdump_init"])])
def test_secondary_takes_part_from_the_release_on_that_asks_it_to(
    version: list[int], verbs: list[str]
) -> None:
    told = _told(version)
    joined(told)
    assert told.verbs == verbs


def test_primary_that_cannot_begin_is_told() -> None:
    with pytest.raises(AssertionError):
        ready_to_capture(_told([22, 11, 11], pdump_init={"ret": -1}))
