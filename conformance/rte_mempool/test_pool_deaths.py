# SPDX-License-Identifier: BSD-3-Clause
"""A process killed inside a get or a put: what it leaves of the pool, instruction by instruction."""

import signal
from typing import Any

import pytest

from conformance.rte_mempool.deaths.stepping import PoolWalker
from conformance.rte_mempool.deaths.walk import N, POOL, TABLE, WALKS, PoolWalk
from conformance.deaths import table
from conformance.rte_ring.repairs.torn import ahead
from conformance.verdicts.run import Run
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene


def _walker(scene: Scene) -> PoolWalker:
    scene.hugepages()  # Without any, a pool is the memory of one process alone.
    return PoolWalker(scene.primary())


def test_death_leaves_what_is_published(scene: Scene, run: Run):
    """A process killed after any instruction of a get or a put leaves the pool as the table says.

    Source: rte_mempool.h; the guide, "Mempool Library", speaks of "without locks", and not of death
    Since: 22.11   Strength: measured
    """
    known = TABLE.of(run)
    ranges = {str(walk): found for walk, found in _walker(scene).all_of()}
    assert table.differences(known, table.Table(run.greeting["compiler"], ranges)) == {}


@pytest.mark.parametrize("name", ["get of 8 from a cache of 16", "put of 8 into a cache of 16"])
def test_killed_is_as_stopped(scene: Scene, run: Run, name: str):
    """To the others it is the same whether a process is killed at an instruction or stopped there.

    Source: that the table is made of processes that are stopped, and put forward one by one
    Since: 22.11   Strength: measured
    """
    TABLE.of(run)
    walker = _walker(scene)
    stopped, killed = (walker.words(PoolWalk(name), kill=kill) for kill in (False, True))
    if len(set(stopped)) < 2:
        raise Inconclusive("all instructions had the same outcome")
    assert killed == stopped


# What leads to the cache of each walk, and the objects in hand: gets (> 0) and puts, from an empty
# cache.
STEPS = {
    "get of 8 from a cache of 4, which is refilled": (28, 28),
    "put of 8 into a cache of 44, which is flushed": (20, 8, -20),
}


def _die(scene: Scene, walker: PoolWalker, name: str) -> tuple[str, int]:
    """A secondary is killed where the pool's ring is torn: the pool, and how many objects the dead one
    had in hand besides those that it was moving."""
    hang = [d for d in walker.deaths(PoolWalk(name)) if d["getters_hang"] or d["putters_hang"]]
    walker.peer.call("pktmbuf_pool_create", name="torn", **POOL)
    victim = scene.secondary(lcore=1)
    hand: list[int] = []
    for step in STEPS[name]:
        if step > 0:
            hand = victim.call("mempool_get_bulk", name="torn", n=step).objs + hand
        else:
            victim.call("mempool_put_bulk", name="torn", objs=hand[step:])
            hand = hand[:step]
    puts = WALKS[name][0]
    moving: dict[str, Any] = {"objs": hand[:N]} if puts else {"n": N}
    victim.may_end(signal=signal.SIGKILL)
    executed = hang[len(hang) // 2]["executed"]
    dying = victim.tell("mempool_die_inside", name="torn", executed=executed, **moving)
    victim.wait_end()
    victim.forget(dying)
    return "torn", len(hand) - (N if puts else 0)


@pytest.mark.parametrize(
    ("name", "side", "hole", "gone"),
    [
        ("get of 8 from a cache of 4, which is refilled", "dequeue", 36, 40),
        ("put of 8 into a cache of 44, which is flushed", "enqueue", 44, 8),
    ],
)
def test_torn_pool_can_be_repaired(
    scene: Scene, run: Run, name: str, side: str, hole: int, gone: int
):
    """A pool in which a process died on its way to the ring can be repaired by who looks that ring up,
    and is alone: what the dead one was moving is gone, and nothing else.

    Source: rte_mempool.h: RTE_MEMPOOL_MZ_FORMAT names the ring; that it may be repaired, nobody says
    Since: 22.11   Strength: measured
    """
    TABLE.of(run)
    walker = _walker(scene)
    supervisor = walker.peer
    pool, in_hand = _die(scene, walker, name)
    # Not asked by a get or a put: whoever hangs in one costs an object more.
    torn = ahead(supervisor, f"MP_{pool}", side)
    _repair(supervisor, f"MP_{pool}", side)
    after = supervisor.call("mempool_audit", name=pool)
    hang = after.getters_hang or after.putters_hang
    seen = (torn, hang, len(after.missing) - in_hand, after.doubled)
    assert seen == (hole, False, gone, [])


def _repair(supervisor: Peer, name: str, side: str) -> None:
    ring = supervisor.call("ring_lookup", name=name).ring
    # Whoever died taking leaves a hole that one who is alone steps over; whoever died giving leaves one
    # with pointers of long ago in it, over which nobody may step.
    kind = {"dequeue": "sc_dequeue_burst", "enqueue": "dequeue_burst"}[side]
    took = supervisor.call("ring_try", ring=ring, operation=kind, n=POOL["n"]).objs
    if side == "enqueue":
        supervisor.call("ring_reset", ring=ring)
    supervisor.call("ring_enqueue_bulk", ring=ring, objs=took)
