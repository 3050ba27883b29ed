# SPDX-License-Identifier: BSD-3-Clause
"""rte_ring_peek_zc.h: an operation in two halves whose objects the user copies, in the ring's memory."""

from __future__ import annotations

from typing import Any

from conformance.cases import ALL_HOLD, cases
from conformance.roles import both_roles, pair
from conformance.rte_ring.api import (
    ESIZES,
    FILLINGS,
    PEEK_PAIRS,
    PEEK_PUT,
    PEEK_TAKE,
    POINTER,
    alike,
    shared,
)
from conformance.rte_ring.zero_copy import fill, look, objs_of, put_finish, take_finish
from targets.protocol import Facts
from targets.scene import Scene

SIZE = 8  # of every ring here


@both_roles
def test_what_is_written_into_the_ring_comes_out(scene: Scene, role: str):
    """Data that a user writes into the reserved space is there for others after finish, and not before.

    Source: rte_ring_peek_zc.h, rte_ring_enqueue_zc_bulk_start, rte_ring_enqueue_zc_finish
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PUT:
        ends = shared(producer, consumer, modes)
        ends.put_all(1)
        start = ends.put_start("zc_bulk", 3)
        fill(producer, start, objs_of(2, 3, 4))
        before = ends.rest()
        put_finish(ends, 3)
        seen[modes] = ((start.ret, start.free_space), before, ends.rest())
    assert seen == alike(PEEK_PUT, ((3, 3), [1], [2, 3, 4]))


@both_roles
def test_what_is_in_the_ring_is_read_there(scene: Scene, role: str):
    """Objects that others have enqueued are read in the ring itself, and are removed by finish, and not
    before.

    Source: rte_ring_peek_zc.h, rte_ring_dequeue_zc_bulk_start, rte_ring_dequeue_zc_finish
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_TAKE:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3, 4)
        start = ends.take_start("zc_bulk", 3)
        shown = look(consumer, start) == objs_of(1, 2, 3)
        during = ends.counts()[0]
        take_finish(ends, 3)
        seen[modes] = ((start.ret, start.available), shown, during, ends.rest())
    assert seen == alike(PEEK_TAKE, ((3, 1), True, 4, [4]))


def test_second_space_is_where_the_ring_wraps(scene: Scene):
    """The space has two parts where it wraps, the second at the ring's beginning. Where it does not
    wrap, n1 is all that was asked for and ptr2 is NULL.

    Source: rte_ring_peek_zc.h, struct rte_ring_zc_data
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen: dict[Any, Any] = {}
    promised: dict[Any, Any] = {}
    for modes in PEEK_PAIRS:
        for at in range(SIZE):
            ends = shared(producer, consumer, modes)
            begin = ends.put_start("zc_bulk", 1).zcd.ptr1
            put_finish(ends, 0)
            ends.turn(at)
            for n in range(1, SIZE):
                put = ends.put_start("zc_bulk", n)
                fill(producer, put, objs_of(*range(n)))
                put_finish(ends, n)
                take = ends.take_start("zc_bulk", n)
                take_finish(ends, 0)
                case = f"{n} at {at} in {modes}"
                seen[case] = [_shape(start, begin) for start in (put, take)]
                promised[case] = [_promised(at, n)] * 2
                ends.rest()
                ends.turn(SIZE - n)
    assert cases(seen, promised) == ALL_HOLD


def _shape(start: Facts, begin: str) -> tuple[int, int, int | None]:
    """n1, and how many bytes behind the ring's beginning the two spaces are."""
    zcd = start.zcd
    first, second = (ptr and int(ptr, 16) - int(begin, 16) for ptr in (zcd.ptr1, zcd.ptr2))
    return zcd.n1, first, second


def _promised(at: int, n: int) -> tuple[int, int, int | None]:
    return min(n, SIZE - at), at * POINTER, 0 if at + n > SIZE else None


def test_elements_are_read_and_written_in_place(scene: Scene):
    """Elements of any size that are written and read in the ring's memory keep their bytes, also in two
    parts; others may move them in the usual way.

    Source: rte_ring_peek_zc.h, rte_ring_enqueue_zc_bulk_elem_start, rte_ring_dequeue_zc_burst_elem_start
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in PEEK_PAIRS:
        for esize in ESIZES:
            ends = shared(producer, consumer, modes, SIZE, esize=esize)
            got, sent = [], []
            for turn in range(4):
                how, table = ("bulk", "burst")[turn // 2], bytes(range(turn, turn + 5)) * esize
                sent += [table, table]
                put = ends.put_start(f"zc_{how}_elem", 5, esize=esize)
                fill(producer, put, table, esize)
                put_finish(ends, 5, "_elem")
                take = ends.take_start(f"zc_{how}_elem", 5, esize=esize)
                got.append(look(consumer, take, esize))
                take_finish(ends, 0, "_elem")
                usual = ends.take("burst_elem", 5, esize=esize)
                got.append(bytes.fromhex(usual.obj_table))
            seen[modes, esize] = got == sent
    assert seen == alike(seen, True)


@both_roles
def test_finish_with_fewer_gives_the_rest_back(scene: Scene, role: str):
    """Finishing with fewer objects than were reserved, or with none, gives the rest of the room back.

    Source: rte_ring_peek_zc.h, rte_ring_enqueue_zc_finish: "should not exceed previous enqueue_start
        return value"
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PUT:
        ends = shared(producer, consumer, modes)
        said = []
        for objs in FILLINGS:
            fill(producer, ends.put_start("zc_bulk", 4), objs_of(*objs, 9, 9, 9, 9)[: 4 * POINTER])
            put_finish(ends, len(objs))
            said.append(ends.counts()[:2])
        seen[modes] = (said, ends.rest())
    assert seen == alike(PEEK_PUT, ([(2, 5), (2, 5), (3, 4)], [1, 2, 3]))


@both_roles
def test_objects_that_are_kept_come_again(scene: Scene, role: str):
    """Finishing a dequeue with fewer objects, or with none, keeps the others in the ring, in order.

    Source: rte_ring_peek_zc.h, rte_ring_dequeue_zc_finish: "n: The number of objects to remove"
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_TAKE:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3, 4)
        shown = []
        for removed in (0, 1, 2):
            shown.append(look(consumer, ends.take_start("zc_burst", 3)))
            take_finish(ends, removed)
        seen[modes] = (shown, ends.rest())
    three = [objs_of(1, 2, 3), objs_of(1, 2, 3), objs_of(2, 3, 4)]
    assert seen == alike(PEEK_TAKE, (three, [4]))


@both_roles
def test_start_says_how_many_and_what_is_left(scene: Scene, role: str):
    """Starting in bulk takes all or nothing, in a burst what there is; room and remaining entries are
    told where they are asked for, and what has taken nothing needs no finish.

    Source: rte_ring_peek_zc.h, "either 0 or n"; "free_space: If non-NULL, returns the amount of space
        in the ring after the reservation operation has finished"; "available"
    Since: 21.11   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PAIRS:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2, 3)
        put, take = [], []
        for how, n in (("bulk", 5), ("burst", 5), ("bulk", 4), ("burst", 3), ("burst", 0)):
            start = ends.put_start(f"zc_{how}", n)
            put.append((start.ret, start.free_space))
            if start.ret:
                put_finish(ends, 0)
            start = ends.take_start(f"zc_{how}", n)
            take.append((start.ret, start.available))
            if start.ret:
                take_finish(ends, 0)
        unasked = [
            ends.put_start("zc_burst", 1, free_space=None).free_space,
            ends.take_start("zc_burst", 1, available=None).available,
        ]
        seen[modes] = {"put, free_space": put, "taken, available": take, "unasked": unasked}
    put = [(0, 4), (4, 0), (4, 0), (3, 1), (0, 4)]
    take = [(0, 3), (3, 0), (0, 3), (3, 0), (0, 3)]
    promised = {"put, free_space": put, "taken, available": take, "unasked": [None, None]}
    assert cases(seen, alike(PEEK_PAIRS, promised)) == ALL_HOLD
