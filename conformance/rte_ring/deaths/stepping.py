# SPDX-License-Identifier: BSD-3-Clause
"""Lets a peer walk through ring operations."""

from __future__ import annotations

from typing import Any, Iterator

from conformance.deaths.range import Range
from conformance.deaths.walker import Walker
from conformance.rte_ring.deaths.walk import COUNT, MODES, Walk, walks
from targets.peer import Peer


class RingWalker(Walker[Walk]):
    """Walks on rings of its own, one a mode."""

    verb = "ring_deaths"

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._rings: set[str] = set()

    def prepare(self, operation: Walk) -> None:
        """Makes the ring of the mode."""
        mode = operation.mode
        if mode not in self._rings:
            made = self.peer.call("ring_create", name=mode, count=COUNT, flags=MODES[mode])
            assert made.ring, f"no ring {mode}: {made.rte_errno}"
            self._rings.add(mode)

    def all_of(self, mode: str, operation: str, **keys: Any) -> Iterator[tuple[Walk, list[Range]]]:
        """All walks of one operation."""
        for walk in walks(mode, operation):
            yield walk, self.ranges(walk, **keys)
