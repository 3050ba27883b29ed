# SPDX-License-Identifier: BSD-3-Clause
"""Between start and finish the side of the ring is one process's own, and the ring is as it was."""

from __future__ import annotations

from conformance.roles import both_roles, pair
from conformance.eal.locks import Calls, tried
from conformance.rte_ring.api import PEEK_PAIRS, alike, shared
from conformance.rte_ring.zero_copy import fill, objs_of, put_finish, take_finish
from targets.scene import Scene

SERIAL = "HTS-HTS"


@both_roles
def test_nobody_else_enqueues_between_start_and_finish(scene: Scene, role: str):
    """In HTS mode another process's enqueue waits from start to finish, and then goes on; a dequeue does
    not wait.

    Source: rte_ring_peek.h: "between _start_ and _finish_ none other thread can proceed with
        enqueue(/dequeue) operation till _finish_ completes"
    Since: 21.11   Strength: must
    """
    one, other = pair(scene, role)
    ends = shared(one, other, SERIAL)
    ends.put_all(1)
    ends.put_start("bulk", 2)
    waiting = tried(other, {"put": ("ring_enqueue_bulk", {"ring": ends.ring, "objs": [4, 5]})})
    taken = other.call("ring_dequeue_burst", ring=ends.ring, n=8).objs
    ends.put_finish(2, 3)
    went_on = [(r.ret, r.free_space) for r in (pending.answer() for pending in waiting.values())]
    assert (list(waiting), taken, went_on, ends.rest()) == (["put"], [1], [(2, 3)], [2, 3, 4, 5])


@both_roles
def test_nobody_else_dequeues_between_start_and_finish(scene: Scene, role: str):
    """In HTS mode another process's dequeue waits from start to finish, and then goes on; an enqueue does
    not wait.

    Source: rte_ring_peek.h: "between _start_ and _finish_ none other thread can proceed with
        enqueue(/dequeue) operation till _finish_ completes"
    Since: 21.11   Strength: must
    """
    other, one = pair(scene, role)
    ends = shared(other, one, SERIAL)
    ends.put_all(1, 2, 3)
    ends.take_start("bulk", 2)
    waiting = tried(other, {"take": ("ring_dequeue_bulk", {"ring": ends.ring, "n": 2})})
    put = other.call("ring_enqueue_bulk", ring=ends.ring, objs=[4]).ret
    ends.take_finish(1)
    went_on = [(r.objs, r.available) for r in (pending.answer() for pending in waiting.values())]
    assert (list(waiting), put, went_on, ends.rest()) == (["take"], 1, [([2, 3], 1)], [4])


@both_roles
def test_nobody_else_goes_on_between_start_and_finish(scene: Scene, role: str):
    """In HTS mode another process's enqueue waits from a zero-copy start to finish, its dequeue likewise;
    then they go on.

    Source: rte_ring_peek_zc.h: "between _start_ and _finish_ none other thread can proceed with
        enqueue/dequeue operation till _finish_ completes"
    Since: 21.11   Strength: must
    """
    one, other = pair(scene, role)
    puts = shared(one, other, SERIAL)
    takes = shared(other, one, SERIAL)
    takes.put_all(1, 2, 3)
    fill(one, puts.put_start("zc_bulk", 1), objs_of(7))
    takes.take_start("zc_bulk", 1)
    calls: Calls = {
        "put": ("ring_enqueue_burst", {"ring": puts.ring, "objs": [8]}),
        "take": ("ring_dequeue_burst", {"ring": takes.ring, "n": 1}),
    }
    waiting = tried(other, calls)
    put_finish(puts, 1)
    take_finish(takes, 1)
    answers = {name: pending.answer() for name, pending in waiting.items()}
    assert list(answers) == ["put", "take"]
    assert (answers["take"].objs, puts.rest(), takes.rest()) == ([2], [7, 8], [3])


def test_what_is_reserved_counts_as_free(scene: Scene):
    """Between start and finish count, free_count, empty and full say how it was before.

    Source: rte_ring.h, rte_ring_count, rte_ring_free_count: of the tails only
    Since: 21.11   Strength: observed
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in PEEK_PAIRS:
        ends = shared(producer, consumer, modes)
        ends.put_start("bulk", 7)
        reserved = ends.counts()
        ends.put_finish(1, 2, 3, 4, 5, 6, 7)
        ends.take_start("bulk", 7)
        seen[modes] = (reserved, ends.counts())
        ends.take_finish(0)
    assert seen == alike(PEEK_PAIRS, ((0, 7, True, False), (7, 0, False, True)))
