# SPDX-License-Identifier: BSD-3-Clause
"""Process after process is killed with mbufs in hand and in its cache: how that adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from targets.peer import Peer

HAND = 32  # mbufs that each has in hand when it is killed
CACHED = 64  # and in the cache of its lcore
CACHE_SIZE = 64
AT_ONCE = 100  # kills between two words of progress


@dataclass(frozen=True)
class Way:
    """A way to go on after a kill: the lcore of the next process, and whether the supervisor flushes
    the dead process's cache."""

    name: str
    lcores: int
    flush: bool = False


WAYS = (
    Way("the same lcore", 1),
    Way("another lcore", 100),
    Way("another lcore, and the cache flushed", 100, flush=True),
)


@dataclass(frozen=True)
class Left:
    """The objects of a pool that are left.

    killed: how many were; fewer than wanted when the pool had too few mbufs for the next one.
    in_use: out of the pool by its own count.  unreachable: what a process without a cache cannot get.
    idle: in caches of the dead.  doubled: could be had twice.
    """

    size: int
    killed: int
    in_use: int
    unreachable: int
    idle: int
    doubled: int

    @property
    def explained(self) -> bool:
        """True if the objects in the hands of the dead and in caches are all that is missing."""
        out = self.killed * HAND
        return (self.in_use, self.unreachable, self.doubled) == (out, out + self.idle, 0)

    def __str__(self) -> str:
        gone = self.in_use / self.killed if self.killed else 0
        return (
            f"{self.killed} killed, {gone:g} of {self.size} mbufs gone with each; {self.idle} more idle "
            f"in caches of the dead; {self.size - self.unreachable} are left; {self.doubled} doubled"
        )


def pool_for(kills: int) -> int:
    """The size of a pool that so many kills do not empty."""
    return 1 << (HAND * kills + 100 * 3 * CACHE_SIZE).bit_length()


def kill(
    peer: Peer, way: Way, kills: int, say: Callable[[int], object], size: int | None = None
) -> Left:
    """Forks and kills so many processes from a peer, on a new pool, of so many mbufs or of enough."""
    size = size or pool_for(kills) - 1
    made = peer.call(
        "pktmbuf_pool_create", name="killed", n=size, cache_size=CACHE_SIZE, data_room_size=0
    )
    assert made.ret == 0, f"no pool of {size}: {made.rte_errno}"
    killed, in_use, enough = 0, 0, True
    while killed < kills and enough:
        told = peer.call(
            "mempool_kills",
            6 * peer.scene.speed.deadline_s,
            name="killed",
            n=HAND,
            cached=CACHED,
            first_lcore=1,
            last_lcore=way.lcores,
            times=min(AT_ONCE, kills - killed),
            before=killed,
            flush=way.flush,
        )
        killed, enough = killed + told.ret, told.enough
        in_use = told.in_use[-1] if told.in_use else in_use
        say(killed)
    found = peer.call("mempool_audit", 6 * peer.scene.speed.deadline_s, name="killed")
    return Left(size, killed, in_use, size - found.shared, found.cached, len(found.doubled))
