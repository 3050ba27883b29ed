# SPDX-License-Identifier: BSD-3-Clause
"""What others can do while a process is inside an operation on a staged ordered ring: it copies, and has
finished nothing."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.eal.locks import tried
from conformance.roles import both_roles, pair
from conformance.rte_ring.api import PAIRS, alike
from conformance.rte_ring.inside import WAITS, inside
from conformance.rte_ring.soring.api import DIAGONAL, Soring, shared
from targets.peer import Peer
from targets.protocol import Facts
from targets.scene import Scene

every_many = pytest.mark.parametrize("modes", WAITS)


def _putting(soring: Soring, peer: Peer, *objs: int) -> Any:
    keys = {"soring": soring.soring, "objs": soring.bytes_of(objs)}
    return inside(peer, "soring_enqueue_bulk", **keys)


def _acquiring(soring: Soring, peer: Peer, num: int) -> Any:
    return inside(peer, "soring_acquire_bulk", soring=soring.soring, stage=0, num=num)


def _releasing(soring: Soring, peer: Peer, got: Facts, *objs: int) -> Any:
    keys = {"stage": 0, "n": got.ret, "ftoken": got.ftoken, "objs": soring.bytes_of(objs)}
    return inside(peer, "soring_release", soring=soring.soring, **keys)


def _taking(soring: Soring, peer: Peer, num: int) -> Any:
    return inside(peer, "soring_dequeue_bulk", soring=soring.soring, num=num)


@both_roles
def test_what_is_being_put_in_is_not_there(scene: Scene, role: str):
    """Objects whose enqueue is under way are in no stage and in no count; afterwards they are.

    Source: guide, "Staged Ordered Ring API": "works in the same manner as for conventional rte_ring";
        "Enqueue Last Step"
    Since: 25.03   Strength: documented
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        soring = shared(producer, consumer, modes)
        soring.put_all(1)
        with _putting(soring, producer, 2, 3):
            during = (soring.counts(), soring.objects(soring.acquire(consumer, "burst", 7)))
        after = (soring.counts(), soring.objects(soring.acquire(consumer, "burst", 7)))
        seen[modes] = (during, after)
    assert seen == alike(PAIRS, (((1, 6), [1]), ((3, 4), [2, 3])))


@both_roles
def test_what_is_being_taken_out_keeps_its_room(scene: Scene, role: str):
    """Objects whose dequeue is under way still take their room.

    Source: guide, "Staged Ordered Ring API": "works in the same manner as for conventional rte_ring";
        "Dequeue Last Step"
    Since: 25.03   Strength: documented
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        soring = shared(producer, consumer, modes)
        soring.put_all(1, 2, 3, 4)
        soring.through(4, 0)
        with _taking(soring, consumer, 3) as took:
            put = soring.enqueue("burst", 5, 6, 7, 8, 9)
            during = (put.ret, put.free_space, soring.counts())
        soring.through(3, 0)
        seen[modes] = (during, soring.objects(took[0]), soring.taken())
    assert seen == alike(PAIRS, ((3, 0, (7, 0)), [1, 2, 3], [4, 5, 6, 7]))


@both_roles
def test_acquire_waits_for_nobody(scene: Scene, role: str):
    """While one process is inside an acquire or a release, others are given what is behind its objects,
    release it, and put in and take out: nobody waits, and nothing of its objects passes on.

    Source: soring.c: "'release()' to avoid excessive waits on the tail value"; rte_soring.h: "exclusive
        possession of these elems till 'release' for them is done"
    Since: 25.03   Strength: observed
    """
    first, second = pair(scene, role)
    seen = {}
    for modes in DIAGONAL:
        soring = shared(first, second, modes, elems=15)
        soring.put_all(1, 2, 3, 4, 5, 6)
        with _acquiring(soring, first, 2) as acquired:
            behind = _goes_on(soring, second, 2)
        with _releasing(soring, first, acquired[0], 101, 102):
            last = _goes_on(soring, second, 2)
        mine = soring.objects(acquired[0])
        seen[modes] = (behind, mine, last, soring.taken(), soring.counts()[0])
    out = [101, 102, 3, 4, 5, 6]
    assert seen == alike(seen, (([3, 4], 0), [1, 2], ([5, 6], 0), out, 0))


def _goes_on(soring: Soring, peer: Peer, num: int) -> tuple[list[int], int]:
    """Acquires and releases; the objects, and how many can be taken out then."""
    got = soring.acquire(peer, "bulk", num)
    soring.release(peer, got)
    return soring.objects(got), soring.dequeue("burst", 7).ret


@both_roles
@every_many
def test_second_producer_stays_behind_the_first(scene: Scene, role: str, modes: str):
    """While one producer is inside, what a second one puts in is behind the first's: MP and HTS keep the
    second one waiting, RTS does not.

    Source: rte_soring.h, prod_synt: "sync type for producer"; guide: "all rte_ring synchronization types
        are supported"
    Since: 25.03   Strength: documented
    """
    first, second = pair(scene, role)
    soring = shared(first, second, modes, elems=63)
    keys = {"soring": soring.soring, "objs": soring.bytes_of([3, 4])}
    with _putting(soring, first, 1, 2):
        waiting = tried(second, {"put": ("soring_enqueue_bulk", keys)})
        meanwhile = soring.acquire(second, "burst", 4).ret
    went_on = [pending.answer().ret for pending in waiting.values()]
    soring.through(4, 0)
    seen = (bool(waiting), meanwhile, went_on, soring.taken())
    assert seen == (WAITS[modes], 0, [2] * WAITS[modes], [1, 2, 3, 4])


@both_roles
@every_many
def test_second_consumer_stays_behind_the_first(scene: Scene, role: str, modes: str):
    """While one consumer is inside, a second one gets what is behind the first's objects: MC and HTS keep
    the second one waiting, RTS does not.

    Source: rte_soring.h, cons_synt: "sync type for consumer"; guide: "all rte_ring synchronization types
        are supported"
    Since: 25.03   Strength: documented
    """
    second, first = pair(scene, role)
    soring = shared(second, first, modes, elems=63)
    soring.put_all(1, 2, 3, 4, 5)
    soring.through(5, 0)
    call = ("soring_dequeue_bulk", {"soring": soring.soring, "num": 2})
    with _taking(soring, first, 2) as took:
        others = tried(second, {"take": call})
        count = soring.counts()[0]
    went_on = [soring.objects(pending.answer()) for pending in others.values()]
    seen = (bool(others), count, soring.objects(took[0]), went_on, soring.taken())
    assert seen == (WAITS[modes], 5, [1, 2], [[3, 4]] * WAITS[modes], [5])
