# SPDX-License-Identifier: BSD-3-Clause
"""Operations of others while a process is inside an enqueue or dequeue: after the reservation (head
moved), before the commit (tail not moved)."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.cases import ALL_HOLD, cases
from conformance.roles import both_roles, pair
from conformance.eal.locks import tried
from conformance.rte_ring.api import PAIRS, Ends, alike, shared
from conformance.rte_ring.inside import WAITS, inside
from targets.peer import Peer
from targets.scene import Scene

# The first operation is of 2 objects. (htd_max, how many of five more, of one each, do not wait for it)
TRIES = 5  # operations of the second process, until one waits
DISTANCES = ((0, 0), (1, 0), (2, 1), (3, 2), (7, 5), (2**32 - 1, 5))

every_many = pytest.mark.parametrize("modes", WAITS)


def _putting(ends: Ends, peer: Peer, *objs: int) -> Any:
    return inside(peer, "ring_enqueue_bulk", ring=ends.ring, objs=list(objs))


def _taking(ends: Ends, peer: Peer, n: int) -> Any:
    return inside(peer, "ring_dequeue_bulk", ring=ends.ring, n=n)


@both_roles
def test_what_is_unfinished_is_not_there(scene: Scene, role: str):
    """Objects whose enqueue is under way are in no other process's dequeue and in no count; afterwards
    they are.

    Source: guide, "Ring Library", "Enqueue Last Step": the tail is moved when the objects are in the ring
    Since: 20.08   Strength: documented
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        ends = shared(producer, consumer, modes)
        ends.put_all(1)
        with _putting(ends, producer, 2, 3):
            during = (ends.counts()[0], ends.rest(), ends.counts()[2])
        seen[modes] = (during, ends.rest())
    assert seen == alike(PAIRS, ((1, [1], True), [2, 3]))


@both_roles
def test_what_is_not_taken_yet_keeps_its_room(scene: Scene, role: str):
    """Objects whose dequeue is under way still take their room: nobody writes over them.

    Source: guide, "Ring Library", "Dequeue Last Step": the tail is moved when the objects are copied
    Since: 20.08   Strength: documented
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3, 4)
        with _taking(ends, consumer, 3) as took:
            put = ends.put("burst", 5, 6, 7, 8, 9)
            during = (put.ret, put.free_space, ends.counts()[3])
        seen[modes] = (during, took[0].objs, ends.rest())
    assert seen == alike(PAIRS, ((3, 0, True), [1, 2, 3], [4, 5, 6, 7]))


@both_roles
@every_many
def test_second_producer_stays_behind_the_first(scene: Scene, role: str, modes: str):
    """While one producer is inside, what a second one enqueues is behind the first's and comes out only
    after it: MP and HTS keep the second one waiting, RTS does not.

    Source: guide, "Multiple Producers Enqueue"; "MP_RTS/MC_RTS": "avoid spinning on ring tail value";
        "MP_HTS/MC_HTS": "only one enqueue/dequeue operation can proceed"
    Since: 20.08   Strength: documented
    """
    first, second = pair(scene, role)
    ends = shared(first, second, modes, 64)
    call = ("ring_enqueue_bulk", {"ring": ends.ring, "objs": [3, 4]})
    with _putting(ends, first, 1, 2):
        waiting = tried(second, {"put": call})
        meanwhile = ends.rest()
    went_on = [pending.answer().ret for pending in waiting.values()]
    seen = (bool(waiting), meanwhile, went_on, ends.rest())
    assert seen == (WAITS[modes], [], [2] * WAITS[modes], [1, 2, 3, 4])


@both_roles
@every_many
def test_second_consumer_stays_behind_the_first(scene: Scene, role: str, modes: str):
    """While one consumer is inside, a second one gets what is behind the first's objects, and no room is
    free before the first has finished: MC and HTS keep the second one waiting, RTS does not.

    Source: guide, "Ring Library", the same for dequeue
    Since: 20.08   Strength: documented
    """
    second, first = pair(scene, role)
    ends = shared(second, first, modes, 64)
    ends.put_all(*range(1, 64))
    call = ("ring_dequeue_bulk", {"ring": ends.ring, "n": 2})
    with _taking(ends, first, 2) as took:
        others = tried(second, {"take": call})
        full = ends.counts()[3]
    went_on = [pending.answer().objs for pending in others.values()]
    seen = (bool(others), full, took[0].objs, went_on, ends.rest()[0], ends.counts()[2])
    assert seen == (WAITS[modes], True, [1, 2], [[3, 4]] * WAITS[modes], 5, True)


@both_roles
def test_relaxed_producer_waits_from_a_distance_on(scene: Scene, role: str):
    """An RTS producer does not wait while head and tail are no more than htd_max apart, and does beyond
    it; with 0 nobody enters beside another one, with the capacity nobody ever waits.

    Source: rte_ring_rts.h: "thread is allowed to proceed with changing head.value, only when:
        head.value - tail.value <= HTD_MAX"; "With HTD_MAX == 0 we'll have fully serialized ring";
        "With HTD_MAX >= ring.capacity - no limitation"
    Since: 20.08   Strength: must
    """
    first, second = pair(scene, role)
    seen: dict[int, Any] = {}
    promised: dict[int, Any] = {}
    for most, enters in DISTANCES:
        ends = shared(first, second, "RTS-MC")
        assert second.call("ring_set_prod_htd_max", ring=ends.ring, v=most).ret == 0
        one = ("ring_enqueue_bulk", {"ring": ends.ring, "objs": [3]})
        with _putting(ends, first, 1, 2):
            waiting: dict[str, Any] = {}
            entered = 0
            while entered < TRIES and not waiting:
                waiting = tried(second, {"put": one})
                entered += not waiting
            meanwhile = ends.rest()
        for pending in waiting.values():
            assert pending.answer().ret == 1
        waits = enters < TRIES
        seen[most] = {
            "entered": entered,
            "one waits": bool(waiting),
            "come out meanwhile": meanwhile,
            "come out afterwards": ends.rest(),
        }
        promised[most] = {
            "entered": enters,
            "one waits": waits,
            "come out meanwhile": [],
            # The one that waited has put in its object, too.
            "come out afterwards": [1, 2] + [3] * (enters + waits),
        }
    assert cases(seen, promised) == ALL_HOLD


@both_roles
def test_relaxed_consumer_waits_from_a_distance_on(scene: Scene, role: str):
    """An RTS consumer does not wait while head and tail are no more than htd_max apart, and does beyond
    it; with 0 nobody enters beside another one, with the capacity nobody ever waits.

    Source: rte_ring_rts.h: "make sure that head.value - tail.value <= HTD_MAX"
    Since: 20.08   Strength: must
    """
    second, first = pair(scene, role)
    seen: dict[int, Any] = {}
    promised: dict[int, Any] = {}
    for most, enters in DISTANCES:
        ends = shared(second, first, "MP-RTS")
        ends.put_all(1, 2, 3, 4, 5, 6, 7)
        assert second.call("ring_set_cons_htd_max", ring=ends.ring, v=most).ret == 0
        one = ("ring_dequeue_bulk", {"ring": ends.ring, "n": 1})
        with _taking(ends, first, 2) as took:
            waiting: dict[str, Any] = {}
            entered = 0
            while entered < TRIES and not waiting:
                waiting = tried(second, {"take": one})
                entered += not waiting
            count = ends.counts()[0]
        last = [pending.answer().objs for pending in waiting.values()]
        waits = enters < TRIES
        seen[most] = {
            "entered": entered,
            "the one that waited took": last,
            "count meanwhile": count,
            "the first took": took[0].objs,
            "left": len(ends.rest()),
        }
        promised[most] = {
            "entered": enters,
            "the one that waited took": [[3 + enters]] if waits else [],
            "count meanwhile": 7,
            "the first took": [1, 2],
            # Of the five others, those that entered took one each, and so did the one that waited.
            "left": 5 - enters - waits,
        }
    assert cases(seen, promised) == ALL_HOLD


@both_roles
def test_room_is_what_can_still_be_reserved(scene: Scene, role: str):
    """The room that an RTS enqueue tells is without what others have reserved and not finished, and so
    is what an RTS dequeue says is left.

    Source: rte_ring_rts.h, "returns the amount of space in the ring after the enqueue operation has
        finished"; "number of remaining ring entries after the dequeue has finished"
    Since: 20.08   Strength: must
    """
    first, second = pair(scene, role)
    ends = shared(first, second, "RTS-RTS")
    for side in ("prod", "cons"):
        first.call(f"ring_set_{side}_htd_max", ring=ends.ring, v=7)
    with _putting(ends, first, 1, 2):
        put = second.call("ring_enqueue_burst", ring=ends.ring, objs=[3, 4, 5])
        none = second.call("ring_enqueue_bulk", ring=ends.ring, objs=[6, 7, 8])
    with _taking(ends, first, 2):
        take = second.call("ring_dequeue_burst", ring=ends.ring, n=2)
        nothing = second.call("ring_dequeue_bulk", ring=ends.ring, n=2)
    assert [(r.ret, r.free_space) for r in (put, none)] == [(3, 2), (0, 2)]
    assert [(r.ret, r.available) for r in (take, nothing)] == [(2, 1), (0, 1)]
