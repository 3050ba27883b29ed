# SPDX-License-Identifier: BSD-3-Clause
"""Every synchronisation mode with several processes on each side: nothing lost, doubled or disordered."""

import numpy as np
import pytest

from targets.peer import Peer
from targets.scene import Scene
from traffic.account import account_arrays

# Flags, producers, consumers: as many processes on each side as the mode allows, up to two.
MODES = {
    "SP-SC": (["RING_F_SP_ENQ", "RING_F_SC_DEQ"], 1, 1),
    "MP-SC": (["RING_F_SC_DEQ"], 2, 1),
    "SP-MC": (["RING_F_SP_ENQ"], 1, 2),
    "MP-MC": ([], 2, 2),
    "RTS": (["RING_F_MP_RTS_ENQ", "RING_F_MC_RTS_DEQ"], 2, 2),
    "HTS": (["RING_F_MP_HTS_ENQ", "RING_F_MC_HTS_DEQ"], 2, 2),
}

OBJECTS = 100_000


def _run(producers: list[Peer], consumers: list[Peer], ring: str, count: int):
    """Lets everybody run at once; what each consumer took, in its order."""
    taking = [
        peer.tell("ring_consume", ring=ring, burst=32, path=str(peer.directory / "taken"))
        for peer in consumers
    ]
    putting = [
        peer.tell("ring_produce", ring=ring, burst=8, producer=number, count=count)
        for number, peer in enumerate(producers)
    ]
    for pending in putting:
        assert pending.answer().ret == count
    for peer, pending in zip(consumers, taking):
        peer.call("stop", of=pending.id)
    return [np.fromfile(pending.answer().path, dtype=np.uint64) for pending in taking]


@pytest.mark.parametrize("mode", MODES)
def test_every_object_arrives_once_in_order(scene: Scene, mode: str):
    """Between processes every object arrives once, and each consumer sees each producer's in order.

    Source: guide, "Ring Library": "FIFO", "Multi- or single-consumer/producer"; rte_ring.h
    Since: 20.08   Strength: documented
    """
    flags, putting, taking = MODES[mode]
    peers = [scene.primary(), *(scene.secondary() for _ in range(putting + taking - 1))]
    ring = peers[0].call("ring_create", name="r", count=256, flags=flags).ring
    for peer in peers[1:]:
        peer.call("ring_lookup", name="r")
    taken = _run(peers[:putting], peers[putting:], ring, OBJECTS)
    sent = {producer: OBJECTS for producer in range(putting)}
    whole = account_arrays(sent, np.concatenate(taken))
    each = [account_arrays(sent, part) for part in taken]
    found = (whole.received, whole.lost, whole.doubled, whole.invented)
    assert found == (putting * OBJECTS, (), (), ())
    assert [part.disordered for part in each] == [()] * taking
