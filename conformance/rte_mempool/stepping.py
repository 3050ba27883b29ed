# SPDX-License-Identifier: BSD-3-Clause
"""Lets a peer walk through the operations on a pool, and folds what it finds."""

from __future__ import annotations

from typing import Any, Iterator

from conformance.rte_mempool.walk import POOL, WALKS, PoolWalk, driver, outcome
from conformance.rte_ring.source_line import SourceLines
from conformance.rte_ring.walk import Range, fold_by
from targets.outcome import Inconclusive
from targets.peer import Peer


class PoolWalker:
    """Walks in one peer, on a pool of its own."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.source = SourceLines()
        self.points = 0
        made = peer.call("pktmbuf_pool_create", name="walked", **POOL)
        assert made.ret == 0, f"no pool: {made.rte_errno}"

    def deaths(self, walk: PoolWalk, **keys: Any) -> list[dict[str, Any]]:
        """The findings of the peer, point by point. keys: more keys of the verb."""
        told = self.peer.call(
            "mempool_deaths", 6 * self.peer.scene.speed.deadline_s, **walk.keys("walked"), **keys
        )
        if told.ret < 0:
            raise Inconclusive(f"no process can be traced here: {told.rte_errno}")
        deaths: list[dict[str, Any]] = told.raw["deaths"]
        self.source.learn([death["at"] for death in deaths if death["at"]])
        self.points += len(deaths)
        return deaths

    def told(self, walk: PoolWalk, **keys: Any) -> list[str]:
        """The same findings, in words."""
        return [outcome(death) for death in self.deaths(walk, **keys)]

    def _place(self, at: dict[str, Any]) -> str:
        return driver(at, self.source(at))

    def all_of(self) -> Iterator[tuple[PoolWalk, list[Range]]]:
        """Every instruction of every operation, folded."""
        for walk in map(PoolWalk, WALKS):
            yield walk, fold_by(self.deaths(walk), outcome, self._place)
