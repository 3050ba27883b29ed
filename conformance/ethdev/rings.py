# SPDX-License-Identifier: BSD-3-Clause
"""Rings that frames go through, by the modes of their sides: "SP-MC", "RTS-HTS"."""

from __future__ import annotations

from conformance.rte_ring.api import PAIRS, flags
from targets.peer import Peer

# More than there are frames under way: a ring that everybody waits to put into would stop them all.
SIZE = 512


def modes(producers: int, consumers: int) -> list[str]:
    """All that allow so many processes on each side."""
    return [
        pair
        for pair in PAIRS
        if (producers == 1 or not pair.startswith("SP-"))
        and (consumers == 1 or not pair.endswith("-SC"))
    ]


def make(owner: Peer, name: str, mode: str) -> str:
    """A ring of this mode; its name."""
    assert owner.call("ring_create", name=name, count=SIZE, flags=flags(mode)).ring
    return name
