# SPDX-License-Identifier: BSD-3-Clause
"""The results of every enqueue and dequeue of rte_ring*.h, at its limits, in every mode."""

from __future__ import annotations

from random import Random
from typing import Any

from conformance.cases import ALL_HOLD, cases
from conformance.roles import both_roles, pair
from conformance.rte_ring.api import CONSUMERS, PAIRS, PRODUCERS, Ends, alike, shared
from conformance.rte_ring.bounded_queue import Queue
from targets.protocol import Facts
from targets.scene import Scene

CAPACITY = 7
MANY = (0, 1, 2, CAPACITY - 1, CAPACITY, CAPACITY + 1)
# (count, flags, capacity)
SIZES = ((8, (), CAPACITY), (5, ("RING_F_EXACT_SZ",), 5))


def _bytes(objs: list[int]) -> bytes:
    return b"".join(obj.to_bytes(8, "little") for obj in objs)


def _put(ends: Ends, function: str, objs: list[int], **keys: Any) -> Facts:
    """By the function for pointers, or for elements of their size."""
    if function.endswith("_elem"):
        keys.update(obj_table=_bytes(objs), esize=8)
    else:
        keys.update(objs=objs)
    return ends.producer.call(function, ring=ends.ring, **keys)


def _take(ends: Ends, function: str, n: int, **keys: Any) -> tuple[int, list[int], Any]:
    if not function.endswith("_elem"):
        r = ends.consumer.call(function, ring=ends.ring, n=n, **keys)
        return r.ret, r.objs, r.available
    r = ends.consumer.call(function, ring=ends.ring, n=n, esize=8, **keys)
    raw = bytes.fromhex(r.obj_table)
    objs = [int.from_bytes(raw[at : at + 8], "little") for at in range(0, len(raw), 8)]
    return r.ret, objs, r.available


def _functions(side: str) -> list[tuple[str, str, str]]:
    """(pair of modes, bulk or burst, function) of all that move several objects on this side."""
    modes = PRODUCERS if side == "enqueue" else CONSUMERS
    return [
        (
            f"{mode}-MC" if side == "enqueue" else f"MP-{mode}",
            how,
            f"ring_{prefix}{side}_{how}{elem}",
        )
        for mode in modes
        for prefix in modes[mode].prefixes
        for how in ("bulk", "burst")
        for elem in ("", "_elem")
    ]


def _prepared(ends: Ends, held: int) -> Queue[int]:
    """The ring, and what it promises, with so many objects in it."""
    queue = Queue[int](CAPACITY)
    objs = list(range(1, held + 1))
    ends.rest()
    ends.put("bulk", *objs)
    queue.put("bulk", objs)
    return queue


def test_every_enqueue_answers_as_it_says(scene: Scene):
    """Every enqueue of several objects moves all or none (bulk) or what fits (burst), and tells the room
    that is left, also when it moves nothing.

    Source: rte_ring.h, _elem.h, _rts.h, _hts.h: "either 0 or n"; "Actual number of objects enqueued";
        "free_space: returns the amount of space in the ring after the enqueue operation has finished"
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    rings = {modes: shared(producer, consumer, modes) for modes, _, _ in _functions("enqueue")}
    seen: dict[str, Any] = {}
    promised: dict[str, Any] = {}
    for modes, how, function in _functions("enqueue"):
        for held in (0, 1, CAPACITY):
            for n in MANY:
                queue = _prepared(rings[modes], held)
                objs = list(range(101, 101 + n))
                r = _put(rings[modes], function, objs)
                case = f"{function} of {n} on {held} in {modes}"
                seen[case] = (r.ret, r.free_space, rings[modes].rest())
                promised[case] = (*queue.put(how, objs), queue.held)
    assert cases(seen, promised) == ALL_HOLD


def test_every_dequeue_answers_as_it_says(scene: Scene):
    """Every dequeue of several objects moves all or none (bulk) or what there is (burst), and tells how
    many are left, also when it moves nothing.

    Source: rte_ring.h, _elem.h, _rts.h, _hts.h: "either 0 or n"; "Actual number of objects dequeued,
        0 if ring is empty"; "available: returns the number of remaining ring entries"
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    rings = {modes: shared(producer, consumer, modes) for modes, _, _ in _functions("dequeue")}
    seen: dict[str, Any] = {}
    promised: dict[str, Any] = {}
    for modes, how, function in _functions("dequeue"):
        for held in (0, 1, CAPACITY):
            for n in (*MANY, 2**31, 2**32 - 1):
                queue = _prepared(rings[modes], held)
                case = f"{function} of {n} on {held} in {modes}"
                seen[case] = (*_take(rings[modes], function, n), rings[modes].rest())
                promised[case] = (*queue.take(how, n), queue.held)
    assert cases(seen, promised) == ALL_HOLD


def test_one_object_goes_in_or_is_refused(scene: Scene):
    """Every enqueue of one object returns 0; on a full ring -ENOBUFS, and then nothing is enqueued.

    Source: rte_ring.h, rte_ring_elem.h, rte_ring_enqueue, _sp_enqueue, _mp_enqueue
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes, function in _ones("enqueue"):
        ends = shared(producer, consumer, modes)
        objs = [_bytes([obj]) if function.endswith("_elem") else obj for obj in range(1, 9)]
        answers = [producer.call(function, ring=ends.ring, obj=obj) for obj in objs]
        seen[modes, function] = ([(r.ret, r.errno) for r in answers[-2:]], ends.rest())
    full = [(0, None), (-105, "ENOBUFS")]
    assert seen == alike(seen, (full, [1, 2, 3, 4, 5, 6, 7]))


def test_one_object_comes_out_or_there_is_none(scene: Scene):
    """Every dequeue of one object returns 0 and the object; on an empty ring -ENOENT.

    Source: rte_ring.h, rte_ring_elem.h, rte_ring_dequeue, _sc_dequeue, _mc_dequeue
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes, function in _ones("dequeue"):
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2)
        size = {"esize": 8} if function.endswith("_elem") else {}
        answers = [consumer.call(function, ring=ends.ring, **size) for _ in range(3)]
        objs: list[Any] = [_bytes([n]).hex() if size else n for n in (1, 2)]
        taken = [r.obj for r in answers[:2]] == objs
        seen[modes, function] = ([(r.ret, r.errno) for r in answers[1:]], taken, ends.counts()[0])
    assert seen == alike(seen, ([(0, None), (-2, "ENOENT")], True, 0))


def _ones(side: str) -> list[tuple[str, str]]:
    """(pair of modes, function) of all that move one object on this side."""
    modes = PRODUCERS if side == "enqueue" else CONSUMERS
    return [
        (f"{mode}-MC" if side == "enqueue" else f"MP-{mode}", f"ring_{prefix}{side}{elem}")
        for mode in modes
        for prefix in modes[mode].prefixes
        if "ts_" not in prefix  # RTS and HTS have none of their own.
        for elem in ("", "_elem")
    ]


def test_room_need_not_be_asked_for(scene: Scene):
    """Every operation works without free_space or available, too.

    Source: rte_ring.h, "free_space: if non-NULL", "available: If non-NULL"
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for (modes, how, enqueue), (_, _, dequeue) in zip(_functions("enqueue"), _functions("dequeue")):
        ends = shared(producer, consumer, modes)
        puts = [_put(ends, enqueue, [1, 2, 3, 4], free_space=None).ret for _ in range(2)]
        seen[modes, enqueue] = puts == [4, 0 if how == "bulk" else 3]
        ends = shared(producer, consumer, f"MP-{_mode_of(dequeue)}")
        ends.put_all(1, 2, 3)
        takes = [_take(ends, dequeue, 2, available=None)[0] for _ in range(2)]
        seen[modes, dequeue] = takes == [2, 0 if how == "bulk" else 1]
    assert seen == alike(seen, True)


def _mode_of(function: str) -> str:
    return "RTS" if "rts" in function else "HTS" if "hts" in function else "MC"


@both_roles
def test_every_pair_of_modes_is_one_queue(scene: Scene, role: str):
    """In all sixteen pairs of modes, of a power of two or of an exact size, each answer is the one that a
    queue of that capacity would give, and both processes see its count, room, emptiness and fullness.

    Source: guide, "Ring Library": "FIFO", "Maximum size is fixed"; rte_ring.h
    Since: 20.08   Strength: documented
    """
    producer, consumer = pair(scene, role)
    dice, wrong = Random(5), {}
    for modes in PAIRS:
        for count, exact, capacity in SIZES:
            ends = shared(producer, consumer, modes, count, flags=list(exact))
            seen, promised = _played(ends, Queue(capacity), dice)
            if seen != promised:
                at = next(i for i, (a, b) in enumerate(zip(seen, promised)) if a != b)
                wrong[modes, count] = f"step {at}: {seen[at]}, not {promised[at]}"
    assert wrong == {}


def _played(ends: Ends, queue: Queue[int], dice: Random) -> tuple[list[Any], list[Any]]:
    """Plays the same steps on the ring and on the promise; returns the results of both."""
    seen: list[Any] = []
    promised: list[Any] = []
    for step in range(24):
        how, n = dice.choice(["bulk", "burst"]), dice.randrange(queue.capacity + 2)
        if dice.random() < 0.5:
            objs = [100 * step + i for i in range(n)]
            r = ends.put(how, *objs)
            seen.append((r.ret, r.free_space))
            promised.append(queue.put(how, objs))
        else:
            r = ends.take(how, n)
            seen.append((r.ret, r.objs, r.available))
            promised.append(queue.take(how, n))
        if step % 4 == 3:
            seen.append(ends.counts())
            promised.append(queue.state())
    return seen, promised
