# SPDX-License-Identifier: BSD-3-Clause
"""An account in a line says what is wrong, and nothing where nothing was proved."""

from __future__ import annotations

import pytest

from conformance.ethdev.started import exact, flows, told
from targets.outcome import Inconclusive
from traffic.account import Window
from traffic.arrival import Frame
from traffic.frame import parse
from traffic.pump import Arrivals

SENT = ((0, 0), (0, 1), (0, 2))
LOST = [Window(0, 1, 1, 1, "a fault")]


def _came(*seqs: int, unfired: tuple[int, ...] = ()) -> Arrivals:
    return Arrivals(SENT, (), tuple(Frame(0, seq) for seq in seqs), (), unfired=unfired)


def test_all_came() -> None:
    assert told(_came(0, 1, 2), in_order=True) == exact(3)


def test_order_counts_where_it_is_promised() -> None:
    assert told(_came(1, 0, 2), in_order=False) == exact(3)
    assert told(_came(1, 0, 2), in_order=True) != exact(3)


def test_only_what_a_fault_held_may_be_missing() -> None:
    assert told(_came(0, 2), in_order=True, may_lose=LOST) == exact(3, 2)
    assert "lost 1" in told(_came(0, 1), in_order=True, may_lose=LOST)
    assert told(_came(0, 1, 2), in_order=True, may_lose=LOST) != exact(3, 2)


def test_a_double_is_told() -> None:
    assert "doubled 1" in told(_came(0, 1, 1, 2), in_order=False)


def test_a_fault_that_did_not_happen_is_inconclusive() -> None:
    with pytest.raises(Inconclusive, match="after 2 frames seen did not happen"):
        told(_came(0, 1, 2, unfired=(2,)), in_order=True)


def test_flows_take_turns() -> None:
    found = [parse(frame) for frame in flows([7, 3], 5, 2)]
    assert found == [Frame(7, 5), Frame(3, 5), Frame(7, 6), Frame(3, 6)]
