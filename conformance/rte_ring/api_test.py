# SPDX-License-Identifier: BSD-3-Clause
"""Proves that modes are paired as rte_ring.h has them, and that a ring that is not shared is noticed."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rte_ring import api, makers, zero_copy
from conformance.rte_ring.api import Ends
from targets.outcome import Inconclusive
from targets.protocol import Facts


class Scripted:
    """A peer that answers each verb as it is told to, and remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(self, verb: str, **keys: Any) -> Facts:
        self.asked.append((verb, keys))
        return Facts(self.answers[verb])


def _ends(one: Scripted, other: Scripted) -> Ends:
    return Ends(one, other, "0x1")  # type: ignore[arg-type]


def test_sixteen_pairs() -> None:
    assert len(set(api.PAIRS)) == 16
    assert api.PEEK_PAIRS == ("SP-SC", "SP-HTS", "HTS-SC", "HTS-HTS")
    assert api.flags("RTS-HTS") == ["RING_F_MP_RTS_ENQ", "RING_F_MC_HTS_DEQ"]
    assert api.flags("MP-MC") == []


def test_shared_ring_is_the_same_for_both() -> None:
    maker = Scripted(ring_create={"ring": "0x1"})
    ends = api.shared(maker, Scripted(ring_lookup={"ring": "0x1"}), "SP-MC")  # type: ignore[arg-type]
    assert ends.ring == "0x1"
    assert maker.asked[0][1]["flags"] == ["RING_F_SP_ENQ"]


@pytest.mark.parametrize("made, found", [(None, None), ("0x1", None), ("0x1", "0x2")])
def test_ring_that_is_not_shared_is_noticed(made: str | None, found: str | None) -> None:
    maker, finder = Scripted(ring_create={"ring": made}), Scripted(ring_lookup={"ring": found})
    with pytest.raises(Inconclusive):
        api.shared(maker, finder, "MP-MC")  # type: ignore[arg-type]


def test_two_views_of_a_ring_must_agree() -> None:
    state = {"count": 1, "free_count": 6, "empty": False, "full": False}
    one, other = Scripted(ring_state=state), Scripted(ring_state={**state, "count": 2})
    assert _ends(one, one).counts() == (1, 6, False, False)
    with pytest.raises(AssertionError):
        _ends(one, other).counts()


def test_what_does_not_go_in_is_noticed() -> None:
    with pytest.raises(Inconclusive):
        _ends(Scripted(ring_enqueue_bulk={"ret": 0}), Scripted()).put_all(1, 2)
    with pytest.raises(Inconclusive):
        _ends(Scripted(ring_turn={"left": 3}), Scripted()).turn(5)


def test_made_ring_is_told_and_freed() -> None:
    state = {"name": "r", "size": 0, "capacity": 7}
    peer = Scripted(ring_create={"ring": "0x1", "rte_errno": None}, ring_state=state, ring_free={})
    text = makers.told(peer, "ring_create", count=0)  # type: ignore[arg-type]
    assert text == "a ring named 'r' of size 0 and capacity 7"
    assert peer.asked[-1] == ("ring_free", {"ring": "0x1"})


def test_refused_ring_is_its_errno() -> None:
    peer = Scripted(malloc={"ret": "0x1"}, ring_init={"ret": -22, "errno": "EINVAL"})
    assert makers.told(peer, "ring_init", count=3) == "EINVAL"  # type: ignore[arg-type]


def test_both_spaces_are_filled() -> None:
    peer = Scripted(write_memory={})
    start = Facts({"ret": 3, "zcd": {"ptr1": "0x10", "ptr2": "0x80", "n1": 2}})
    zero_copy.fill(peer, start, b"abcdefghijkl", 4)  # type: ignore[arg-type]
    told = [(keys["ptr"], keys["data"]) for _, keys in peer.asked]
    assert told == [("0x10", b"abcdefgh"), ("0x80", b"ijkl")]
