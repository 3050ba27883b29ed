# SPDX-License-Identifier: BSD-3-Clause
"""An account in a line says what is wrong, and nothing where nothing was proved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.ethdev.started import MBUFS, Started, exact, flows, told
from targets.outcome import Inconclusive
from traffic.account import Window
from traffic.arrival import Frame
from traffic.frame import parse
from traffic.ports.af_xdp import AfXdp
from traffic.ports.port import Port
from traffic.ports.tap import Tap
from traffic.ports.virtio_user import VirtioUser
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


class _Owner:
    """A primary whose driver keeps sent frames; answers with what is free, and notes what it is told."""

    def __init__(self, *free: int) -> None:
        self.free = list(free)
        self.told: list[str] = []

    def call(self, verb: str, **_: Any) -> Any:
        self.told.append(verb)
        return SimpleNamespace(ret=self.free.pop(0) if verb == "mempool_avail_count" else 0)


def _buffers(port: Port, *free: int) -> tuple[int, int, list[str]]:
    owner: Any = _Owner(*free)
    scene: Any = None
    up = Started(scene, port, owner, 0)
    return up.free_buffers(), up.free_buffers(), owner.told


def test_buffers_that_a_driver_keeps_come_back_when_its_port_is_closed() -> None:
    before, after, told = _buffers(VirtioUser("a"), MBUFS - 256, MBUFS)
    assert (before, after) == (MBUFS - 256, MBUFS - 256)
    assert told[-3:] == ["eth_dev_stop", "eth_dev_close", "mempool_avail_count"]


def test_a_buffer_that_is_lost_is_missing_after_the_close() -> None:
    before, after, _ = _buffers(VirtioUser("a"), MBUFS - 256, MBUFS - 1)
    assert after == before - 1


def test_buffers_of_a_driver_that_reclaims_are_counted_after_a_burst() -> None:
    assert _buffers(AfXdp("a"), 5, 4) == (5, 4, ["eth_tx_burst", "mempool_avail_count"] * 2)
    assert _buffers(Tap("a"), 5, 4) == (5, 4, ["mempool_avail_count"] * 2)
