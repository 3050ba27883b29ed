# SPDX-License-Identifier: BSD-3-Clause
"""rte_ring_peek.h: an operation in two halves, start in one moment and finish in another."""

from __future__ import annotations

from conformance.roles import both_roles, pair
from conformance.rte_ring.api import (
    ESIZES,
    FILLINGS,
    PEEK_PAIRS,
    PEEK_PUT,
    PEEK_TAKE,
    alike,
    shared,
)
from targets.scene import Scene


@both_roles
def test_reserved_room_is_filled_by_finish(scene: Scene, role: str):
    """Objects that are enqueued between start and finish are there for nobody until finish, and then
    for all.

    Source: rte_ring_peek.h, rte_ring_enqueue_bulk_start: "no actual objects are put in the queue by this
        function, it just reserves for user such ability"
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PUT:
        ends = shared(producer, consumer, modes)
        ends.put_all(1)
        start = ends.put_start("bulk", 3)
        before = ends.rest()
        ends.put_finish(2, 3, 4)
        seen[modes] = ((start.ret, start.free_space), before, ends.rest())
    assert seen == alike(PEEK_PUT, ((3, 3), [1], [2, 3, 4]))


@both_roles
def test_finish_with_fewer_gives_the_rest_back(scene: Scene, role: str):
    """Finishing with fewer objects than were reserved, or with none, gives the rest of the room back.

    Source: rte_ring_peek.h, rte_ring_enqueue_finish: "should not exceed previous enqueue_start return
        value"
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PUT:
        ends = shared(producer, consumer, modes)
        said = []
        for objs in FILLINGS:
            ends.put_start("bulk", 4)
            ends.put_finish(*objs)
            said.append(ends.counts()[:2])
        seen[modes] = (said, ends.put("burst", 4, 5, 6, 7, 8).ret, ends.rest())
    promised = ([(2, 5), (2, 5), (3, 4)], 4, [1, 2, 3, 4, 5, 6, 7])
    assert seen == alike(PEEK_PUT, promised)


@both_roles
def test_start_says_what_can_be_reserved(scene: Scene, role: str):
    """Starting to enqueue in bulk reserves all or nothing, in a burst what fits; the room that is left
    is told, and what has reserved nothing needs no finish.

    Source: rte_ring_peek.h, "The number of objects that can be enqueued, either 0 or n"; "Actual number
        of objects that can be enqueued"; "free_space"
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PUT:
        for elem in ("", "_elem"):
            ends = shared(producer, consumer, modes)
            ends.put_all(1, 2, 3)
            said = []
            for how, n in (("bulk", 5), ("burst", 5), ("bulk", 4), ("burst", 0), ("bulk", 0)):
                start = ends.put_start(how + elem, n)
                said.append((start.ret, start.free_space))
                if start.ret:
                    ends.put_finish()
            unasked = ends.put_start("burst" + elem, 1, free_space=None)
            ends.put_finish(4)
            seen[modes, elem] = (said, (unasked.ret, unasked.free_space), ends.rest())
    said = [(0, 4), (4, 0), (4, 0), (0, 4), (0, 4)]
    assert seen == alike(seen, (said, (1, None), [1, 2, 3, 4]))


@both_roles
def test_objects_are_seen_before_they_are_removed(scene: Scene, role: str):
    """Starting to dequeue shows the objects and removes none: they and their room go with finish.

    Source: rte_ring_peek.h: "allows user to inspect objects in the ring without removing them from it"
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_TAKE:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3, 4, 5)
        start = ends.take_start("bulk", 2)
        during = (ends.counts()[0], ends.put("bulk", 6).free_space)
        ends.take_finish(2)
        after = (ends.counts()[0], ends.put("bulk", 7).free_space)
        seen[modes] = ((start.ret, start.objs, start.available), during, after, ends.rest())
    promised = ((2, [1, 2], 3), (5, 1), (4, 2), [3, 4, 5, 6, 7])
    assert seen == alike(PEEK_TAKE, promised)


@both_roles
def test_objects_that_are_kept_come_again(scene: Scene, role: str):
    """Finishing a dequeue with fewer objects, or with none, keeps the others in the ring, in order.

    Source: rte_ring_peek.h: "decided to keep it in the ring": rte_ring_dequeue_finish(ring, 0)
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_TAKE:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3, 4)
        shown = []
        for removed in (0, 1, 2):
            shown.append(ends.take_start("burst", 3).objs)
            ends.take_finish(removed)
        seen[modes] = (shown, ends.rest())
    assert seen == alike(PEEK_TAKE, ([[1, 2, 3], [1, 2, 3], [2, 3, 4]], [4]))


@both_roles
def test_start_says_what_can_be_taken(scene: Scene, role: str):
    """Starting to dequeue in bulk takes all or nothing, in a burst what there is; how many are left is
    told, and what has taken nothing needs no finish.

    Source: rte_ring_peek.h, "The number of objects dequeued, either 0 or n"; "The actual number of
        objects dequeued"; "available"
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_TAKE:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3)
        said = []
        for how, n in (("bulk", 4), ("burst", 4), ("bulk", 3), ("burst", 0), ("bulk", 2**32 - 1)):
            start = ends.take_start(how, n)
            said.append((start.ret, start.objs, start.available))
            if start.ret:
                ends.take_finish(0)
        unasked = ends.take_start("burst", 1, available=None)
        ends.take_finish(1)
        seen[modes] = (said, (unasked.objs, unasked.available), ends.rest())
    three = (3, [1, 2, 3], 0)
    said = [(0, [], 3), three, three, (0, [], 3), (0, [], 3)]
    assert seen == alike(PEEK_TAKE, (said, ([1], None), [2, 3]))


def test_elements_are_peeked_at_by_their_bytes(scene: Scene):
    """Elements of any size that are put in and taken out in two halves keep their bytes.

    Source: rte_ring_peek.h, rte_ring_enqueue_elem_finish, rte_ring_dequeue_bulk_elem_start
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in PEEK_PAIRS:
        for esize in ESIZES:
            ends = shared(producer, consumer, modes, esize=esize)
            got, sent = b"", b""
            for turn in range(4):
                table = bytes(range(64 * turn, 64 * turn + 5)) * esize
                how = ("bulk", "burst")[turn % 2]
                ends.put_start(f"{how}_elem", 5)
                ends.put_finish_elem(table, esize)
                shown = ends.take_start(f"{how}_elem", 5, esize=esize)
                consumer.call("ring_dequeue_elem_finish", ring=ends.ring, n=5)
                sent, got = sent + table, got + bytes.fromhex(shown.obj_table)
            seen[modes, esize] = got == sent
    assert seen == alike(seen, True)
