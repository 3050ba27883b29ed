# SPDX-License-Identifier: BSD-3-Clause
"""A process killed between two operations: its mbufs, and the cache of its lcore, which outlives it."""

import pytest

from conformance.rte_mempool import kills
from conformance.rte_mempool.kills import HAND, WAYS, Way
from targets.peer import Peer
from targets.scene import Scene

SIZE, CACHE = 1023, 64
KILLS = 30
NAMES = [way.name for way in WAYS]


def _dead(scene: Scene) -> Peer:
    """The supervisor, on lcore 0, of a pool in which one on lcore 1 was killed with 32 mbufs in hand.
    It had them from a cache that was empty, and has been filled with 64 more."""
    supervisor = scene.primary()
    scene.hugepages()
    supervisor.call("pktmbuf_pool_create", name="p", n=SIZE, cache_size=CACHE, data_room_size=0)
    victim = scene.secondary(lcore=1)
    victim.call("mempool_get_bulk", name="p", n=HAND)
    victim.kill()
    return supervisor


def test_cache_of_a_dead_process_is_out_of_reach(scene: Scene):
    """A killed process costs what it had in hand; and its cache, which still counts as available, but
    nobody on another lcore gets anything from it.

    Source: rte_mempool.h, rte_mempool_avail_count: "browse the length of all lcores"; of death, nothing
    Since: 16.07   Strength: measured
    """
    supervisor = _dead(scene)
    counts = supervisor.call("mempool_counts", name="p")
    audit = supervisor.call("mempool_audit", name="p")
    seen = (counts.avail_count, counts.caches.raw, audit.shared, len(audit.missing))
    assert seen == (SIZE - HAND, {"1": CACHE}, SIZE - HAND - CACHE, HAND)


def test_successor_on_the_same_lcore_inherits_the_cache(scene: Scene):
    """Whoever comes next with the lcore of a dead process gets the mbufs of its cache.

    Source: rte_mempool.h, rte_mempool_default_cache: "per-lcore default mempool cache", not per process
    Since: 16.07   Strength: measured
    """
    supervisor = _dead(scene)
    before = supervisor.call("mempool_audit", name="p").shared
    got = scene.secondary(lcore=1).call("mempool_get_bulk", name="p", n=CACHE)
    after = supervisor.call("mempool_audit", name="p")
    assert (len(set(got.objs)), after.cached, after.shared) == (CACHE, 0, before)


def test_supervisor_can_flush_a_dead_cache(scene: Scene):
    """rte_mempool_cache_flush of a dead process' cache by another one gives its mbufs back to all; what
    it had in hand stays gone.

    Source: rte_mempool.h: rte_mempool_default_cache takes any lcore_id; of death, nothing
    Since: 16.07   Strength: measured
    """
    supervisor = _dead(scene)
    supervisor.call("mempool_cache_flush", name="p", lcore_id=1)
    audit = supervisor.call("mempool_audit", name="p")
    seen = (audit.shared, audit.cached, len(audit.missing), audit.doubled)
    assert seen == (SIZE - HAND, 0, HAND, [])


@pytest.mark.parametrize(("way", "idle"), zip(WAYS, (CACHE, KILLS * CACHE, 0)), ids=NAMES)
def test_kills_add_up(scene: Scene, way: Way, idle: int):
    """Each kill costs what the process had in hand, and nothing else: a cache is lost until somebody
    has its lcore again, or flushes it.

    Source: rte_mempool.h; of death, nothing. The same for a thousand: ci/rings kills 1000
    Since: 16.07   Strength: measured
    """
    scene.hugepages()
    left = kills.kill(scene.primary(), way, KILLS, lambda _killed: None)
    assert (left.killed, left.in_use, left.idle, left.doubled) == (KILLS, KILLS * HAND, idle, 0)


@pytest.mark.parametrize(("way", "killed"), zip(WAYS, (31, 11, 31)), ids=NAMES)
def test_pool_runs_dry(scene: Scene, way: Way, killed: int):
    """A pool of 1023 mbufs is empty for the next process after so many kills; after fewer, when caches
    stay behind.

    Source: rte_mempool.h; of death, nothing
    Since: 16.07   Strength: measured
    """
    scene.hugepages()
    left = kills.kill(scene.primary(), way, 100, lambda _killed: None, size=1023)
    assert left.killed == killed
