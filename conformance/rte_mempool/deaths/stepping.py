# SPDX-License-Identifier: BSD-3-Clause
"""Lets a peer walk through the operations on a mempool."""

from __future__ import annotations

from typing import Iterator

from conformance.deaths.range import Address, Range, SourceLine
from conformance.deaths.walker import Walker
from conformance.rte_mempool.deaths.walk import NAME, POOL, WALKS, PoolWalk, driver
from targets.peer import Peer


class PoolWalker(Walker[PoolWalk]):
    """Walks on a pool of its own."""

    verb = "mempool_deaths"

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        made = peer.call("pktmbuf_pool_create", name=NAME, **POOL)
        assert made.ret == 0, f"no pool: {made.rte_errno}"

    def line_of(self, address: Address) -> SourceLine:
        """Also the library of the mempool's driver."""
        return driver(address, super().line_of(address))

    def all_of(self) -> Iterator[tuple[PoolWalk, list[Range]]]:
        """Every instruction of every operation, folded."""
        for walk in map(PoolWalk, WALKS):
            yield walk, self.ranges(walk)
