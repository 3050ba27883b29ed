# SPDX-License-Identifier: BSD-3-Clause
"""A process killed or stopped while it holds a lock of the shared memory: who hangs, where, what helps.

The locks are spinlocks and know no owner. Nothing promises what happens then: these are figures.
"""

from __future__ import annotations

import pytest

from conformance.ipc_users.block import SIZE
from conformance.eal.locks import WAYS, Calls, given_up, held, leaves, newcomer, tried
from faults.process import Killed, Stopped
from targets.scene import Scene

every_way = pytest.mark.parametrize("lock", list(WAYS))
# Each lock once: how it is held makes a difference only for the pages.
TWINS = {"tailqs", "mempools-for-writing"}
every_lock = pytest.mark.parametrize("lock", [way for way in WAYS if way not in TWINS])

# Looks before changes: who waits to write keeps those out who only want to read. Growth is last: it
# holds the heap while it waits for the pages.
CALLS: Calls = {
    "memseg_walk": ("memseg_walk", {}),
    "memzone_lookup": ("memzone_lookup", {"name": "nobody's"}),
    "ring_lookup": ("ring_lookup", {"name": "nobody's"}),
    "mempool_lookup": ("mempool_lookup", {"name": "nobody's"}),
    "eth_dev_owner_new": ("eth_dev_owner_new", {}),
    "timer_subsystem_init": ("timer_subsystem_init", {}),
    "malloc_get_socket_stats": ("malloc_get_socket_stats", {"socket": 0}),
    "malloc": ("malloc", {"size": 64}),
    "memzone_reserve": ("memzone_reserve", {"name": "zone", "len": 64}),
    "ring_create": ("ring_create", {"name": "ring", "count": 8}),
    "mempool_create": ("mempool_create", {"name": "pool", "n": 8, "elt_size": 8}),
    "malloc of new pages": ("malloc", {"size": SIZE}),
}

MALLOC = ["malloc_get_socket_stats", "malloc", "memzone_reserve", "ring_create", "mempool_create"]
CREATE = ["ring_create", "mempool_create"]
GROW = "malloc of new pages"
HANG: dict[str, list[str]] = {
    "heap": ["memseg_walk", *MALLOC, GROW],
    "pages": [GROW],
    "pages-for-writing": ["memseg_walk", "mempool_create", GROW],
    "memzones": ["memzone_reserve", *CREATE],
    "tailqs": CREATE,
    "tailqs-for-writing": ["ring_lookup", *CREATE],
    "mempools": ["mempool_create"],
    "mempools-for-writing": ["mempool_lookup", "mempool_create"],
    "ports": ["eth_dev_owner_new"],
    "timers": ["timer_subsystem_init"],
}

# What a new secondary's rte_eal_init and the rte_eal_cleanup of another one and of the primary do.
ALL_RETURN = ("returns", "returns", "returns")
COMING_AND_GOING = {
    "heap": ("hangs", "hangs", "hangs"),
    "pages": ("returns", "hangs", "hangs"),
    "pages-for-writing": ("hangs", "hangs", "hangs"),
    "memzones": ("hangs", "returns", "returns"),
}

# The function that takes it back, for those that have a public one.
UNLOCK = {
    "pages": "mcfg_mem_read_unlock",
    "pages-for-writing": "mcfg_mem_write_unlock",
    "tailqs": "mcfg_tailq_read_unlock",
    "tailqs-for-writing": "mcfg_tailq_write_unlock",
    "mempools": "mcfg_mempool_read_unlock",
    "mempools-for-writing": "mcfg_mempool_write_unlock",
    "timers": "mcfg_timer_unlock",
}


def _first_that_hangs(lock: str) -> Calls:
    name = HANG[lock][0]
    return {name: CALLS[name]}


@every_way
def test_calls_that_hang_when_the_holder_is_dead(scene: Scene, lock: str):
    """A lock of the shared memory stays locked when the process that holds it is killed: the calls of
    the primary that want the lock spin for ever.

    Source: eal_memcfg.h, malloc_heap.h, ethdev_driver.c: locks without an owner; the guide is silent
    Since: 18.05   Strength: measured
    """
    primary, victim = scene.primary(), scene.secondary()
    with held(lock, primary, victim, Killed(victim)):
        hung = given_up(primary, CALLS)
        primary.kill()
    assert hung == HANG[lock]


@every_lock
def test_coming_and_going_when_the_holder_is_dead(scene: Scene, lock: str):
    """A lock of the shared memory stays locked when the process that holds it is killed: some locks
    keep a new secondary from starting, or another secondary and the primary from ending.

    Source: eal.c, rte_eal_init and rte_eal_cleanup; the guide is silent
    Since: 18.05   Strength: measured
    """
    primary, victim, other = scene.primary(), scene.secondary(), scene.secondary()
    with held(lock, primary, victim, Killed(victim)):
        seen = (newcomer(scene), leaves(other), leaves(primary))
    assert seen == COMING_AND_GOING.get(lock, ALL_RETURN)


@every_lock
def test_stopped_holder_only_delays(scene: Scene, lock: str):
    """A process that wants a lock of the shared memory whose holder is stopped waits until the holder
    goes on and releases the lock, and then gets the lock.

    Source: rte_spinlock.h, rte_rwlock.h: "loop until the lock is held"
    Since: 18.05   Strength: observed
    """
    primary, holder = scene.primary(), scene.secondary()
    with held(lock, primary, holder, Stopped(holder)) as let_go:
        waiting = tried(primary, _first_that_hangs(lock))
    let_go()
    for pending in waiting.values():
        pending.answer()
    assert list(waiting) == HANG[lock][:1]


@pytest.mark.parametrize("lock", [way for way in UNLOCK if way not in TWINS])
def test_another_process_can_unlock(scene: Scene, lock: str):
    """A lock of the shared memory whose holder was killed can be taken back by another process, by its
    public function: then all goes on.

    Source: rte_eal_memconfig.h: the functions ask for no owner
    Since: 19.08   Strength: measured
    """
    primary, victim, other = scene.primary(), scene.secondary(), scene.secondary()
    with held(lock, primary, victim, Killed(victim)):
        waiting = tried(primary, _first_that_hangs(lock))
        other.call(UNLOCK[lock])
    for pending in waiting.values():
        pending.answer()
    assert (len(waiting), given_up(primary, CALLS)) == (1, [])


def test_heap_cannot_be_unlocked(scene: Scene):
    """The heap's lock stays locked when a process is killed inside rte_malloc, although the public
    function for the lock of the pages takes that one back: nobody allocates any more.

    Source: malloc_heap.h: the heap's lock has no public function
    Since: 18.05   Strength: measured
    """
    primary, victim, other = scene.primary(), scene.secondary(), scene.secondary()
    with held("heap", primary, victim, Killed(victim)):
        other.call("mcfg_mem_write_unlock")
        hung = given_up(primary, {name: CALLS[name] for name in ("memseg_walk", "malloc")})
        primary.kill()
    assert hung == ["malloc"]
