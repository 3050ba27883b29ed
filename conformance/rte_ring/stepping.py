# SPDX-License-Identifier: BSD-3-Clause
"""Lets a peer walk through ring operations, and folds what it finds."""

from __future__ import annotations

from typing import Any, Iterator

from conformance.rte_ring.source_line import SourceLines
from conformance.rte_ring.walk import COUNT, MODES, Range, Walk, fold, walks
from targets.outcome import Inconclusive
from targets.peer import Peer


class Walker:
    """Walks in one peer, on rings of its own, one a mode."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.source = SourceLines()
        self.points = 0
        self.took_ns = 0
        self._rings: set[str] = set()

    def deaths(self, walk: Walk, **keys: Any) -> list[dict[str, Any]]:
        """The findings of the peer, point by point. keys: more keys of the verb."""
        if walk.mode not in self._rings:
            made = self.peer.call(
                "ring_create", name=walk.mode, count=COUNT, flags=MODES[walk.mode]
            )
            assert made.ring, f"no ring {walk.mode}: {made.rte_errno}"
            self._rings.add(walk.mode)
        told = self.peer.call(
            "ring_deaths", 6 * self.peer.scene.speed.deadline_s, **walk.keys, **keys
        )
        if told.ret < 0:
            raise Inconclusive(f"no process can be traced here: {told.rte_errno}")
        deaths: list[dict[str, Any]] = told.raw["deaths"]
        self.points += len(deaths)
        self.took_ns += told.took_ns
        return deaths

    def ranges(self, walk: Walk, **keys: Any) -> list[Range]:
        """Every instruction of one walk, folded."""
        return fold(walk, self.located(walk, **keys), self.source)

    def located(self, walk: Walk, **keys: Any) -> list[dict[str, Any]]:
        """The same as deaths, with a source that knows the line of each instruction."""
        deaths = self.deaths(walk, **keys)
        met: list[dict[str, Any]] = []
        for death in deaths:
            met += [death["at"]] if death["at"] else []
            met += death["producers_hang"] + death["consumers_hang"]
        self.source.learn(met)
        return deaths

    def all_of(self, mode: str, operation: str) -> Iterator[tuple[Walk, list[Range]]]:
        """All walks of one operation."""
        for walk in walks(mode, operation):
            yield walk, self.ranges(walk)
