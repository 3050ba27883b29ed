# SPDX-License-Identifier: BSD-3-Clause
"""The modes of a ring that frames go through, by the names of rte_ring.h: "SP-MC", "RTS-HTS"."""

from __future__ import annotations

from targets.peer import Peer

SIZE = 512

# The flag of each; the first is for one process alone.
PRODUCERS: dict[str, list[str]] = {
    "SP": ["RING_F_SP_ENQ"],
    "MP": [],
    "RTS": ["RING_F_MP_RTS_ENQ"],
    "HTS": ["RING_F_MP_HTS_ENQ"],
}
CONSUMERS: dict[str, list[str]] = {
    "SC": ["RING_F_SC_DEQ"],
    "MC": [],
    "RTS": ["RING_F_MC_RTS_DEQ"],
    "HTS": ["RING_F_MC_HTS_DEQ"],
}


def modes(producers: int, consumers: int) -> list[str]:
    """All that allow so many processes on each side."""
    return [
        f"{producer}-{consumer}"
        for producer in PRODUCERS
        for consumer in CONSUMERS
        if (producers == 1 or producer != "SP") and (consumers == 1 or consumer != "SC")
    ]


def make(owner: Peer, name: str, mode: str) -> str:
    """A ring of this mode; its name."""
    producer, consumer = mode.split("-")
    flags = [*PRODUCERS[producer], *CONSUMERS[consumer]]
    assert owner.call("ring_create", name=name, count=SIZE, flags=flags).ring
    return name
