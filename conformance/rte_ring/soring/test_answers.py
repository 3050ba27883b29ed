# SPDX-License-Identifier: BSD-3-Clause
"""The results of every enqueue, acquire and dequeue of rte_soring.h, at its limits, in every mode."""

from __future__ import annotations

from random import Random
from typing import Any

from conformance.cases import ALL_HOLD, cases
from conformance.roles import both_roles, pair
from conformance.rte_ring.api import PAIRS, alike
from conformance.rte_ring.soring.api import DIAGONAL, Soring, shared
from conformance.rte_ring.soring.staged_queue import Acquired, StagedQueue
from targets.protocol import Facts
from targets.scene import Scene

CAPACITY = 7
HELD = (0, 1, CAPACITY)
MANY = (0, 1, 2, CAPACITY - 1, CAPACITY, CAPACITY + 1)
HUGE = (2**31 - 1, 2**31, 2**32 - 1)
WAYS = ("bulk", "burst")


def _meta(objs: list[int]) -> list[int]:
    return [obj + 1000 for obj in objs]


def test_every_enqueue_answers_as_it_says(scene: Scene):
    """Every enqueue puts in all or none (bulk) or what fits (burst), and tells the room that is left,
    also when it puts in nothing.

    Source: rte_soring.h, rte_soring_enqueue_bulk: "either 0 or n"; _burst: "Actual number of objects
        enqueued"; "returns the amount of space in the soring after the enqueue operation has finished"
    Since: 25.03   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen: dict[str, Any] = {}
    promised: dict[str, Any] = {}
    for modes in DIAGONAL:
        soring = shared(producer, consumer, modes, meta_size=4)
        for how in WAYS:
            for meta in (False, True):
                for held in HELD:
                    for n in MANY:
                        queue = _prepared(soring, held)
                        objs = list(range(101, 101 + n))
                        keys = {"meta": _meta(objs)} if meta else {}
                        put = soring.enqueue(how, *objs, **keys)
                        case = f"{how} of {n} on {held} in {modes}, {meta=}"
                        seen[case] = (put.ret, put.free_space, _rest(soring))
                        promised[case] = (*queue.enqueue(how, objs), queue.contents)
    assert cases(seen, promised) == ALL_HOLD


def test_every_acquire_answers_as_it_says(scene: Scene):
    """Every acquire hands out all or none (bulk) or what there is (burst), and tells how many are left
    for its stage; in the first stage as in a later one.

    Source: rte_soring.h, rte_soring_acquire_bulk: "either 0 or num"; _burst: "Actual number of objects
        acquired"; "returns the number of remaining soring entries for given stage after the acquire has
        finished"
    Since: 25.03   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen: dict[str, Any] = {}
    promised: dict[str, Any] = {}
    for stage in (0, 1):
        soring = shared(producer, consumer, "MP-MC", meta_size=4, stages=2)
        for how in WAYS:
            for meta in (False, True):
                for held in HELD:
                    for n in (*MANY, *HUGE):
                        queue = _prepared(soring, held, 2)
                        if stage:
                            soring.through(held, 0)
                            queue.release(queue.acquire("bulk", 0, held)[0])
                        acquire = soring.acquirx if meta else soring.acquire
                        got = acquire(consumer, how, n, stage)
                        case = f"{how} of {n} on {held} in stage {stage}, {meta=}"
                        seen[case] = _acquired(soring, got)
                        promised[case] = _promised(queue.acquire(how, stage, n), meta)
                        if got.ret:
                            soring.release(consumer, got, stage)
                        _empty(soring, stage, held - got.ret)
    assert cases(seen, promised) == ALL_HOLD


def test_every_dequeue_answers_as_it_says(scene: Scene):
    """Every dequeue takes out all or none (bulk) or what there is (burst), and tells how many are left,
    also when it takes nothing.

    Source: rte_soring.h, rte_soring_dequeue_bulk: "either 0 or num"; _burst: "Actual number of objects
        dequeued"; "the number of remaining soring entries after the dequeue has finished"
    Since: 25.03   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen: dict[str, Any] = {}
    promised: dict[str, Any] = {}
    for modes in DIAGONAL:
        soring = shared(producer, consumer, modes, meta_size=4)
        for how in WAYS:
            for meta in (False, True):
                for held in HELD:
                    for n in (*MANY, *HUGE):
                        queue = _prepared(soring, held)
                        soring.through(held, 0)
                        queue.release(queue.acquire("bulk", 0, held)[0])
                        took = soring.dequeux(how, n) if meta else soring.dequeue(how, n)
                        case = f"{how} of {n} on {held} in {modes}, {meta=}"
                        seen[case] = (took.ret, *_objects(soring, took), took.available)
                        ret, objs, available = queue.dequeue(how, n)
                        its = [_meta(objs)] if meta else []
                        promised[case] = (ret, objs, *its, available)
                        soring.taken()
    assert cases(seen, promised) == ALL_HOLD


def _prepared(soring: Soring, held: int, stages: int = 1) -> StagedQueue:
    """An empty soring with so many objects put in, and what it promises."""
    queue = StagedQueue(CAPACITY, stages)
    objs = list(range(1, held + 1))
    soring.put_all(*objs, meta=_meta(objs))
    queue.enqueue("bulk", objs)
    return queue


def _objects(soring: Soring, facts: Facts) -> list[list[int]]:
    """The objects of an answer, and the metadata if it has any."""
    return [soring.objects(facts)] + ([soring.metadata(facts)] if "meta" in facts else [])


def _acquired(soring: Soring, got: Facts) -> tuple[Any, ...]:
    return (got.ret, *_objects(soring, got), got.available, got.ftoken != "untouched")


def _promised(promise: tuple[Acquired, list[int], int], meta: bool) -> tuple[Any, ...]:
    got, objs, available = promise
    return (got.n, objs, *([_meta(objs)] if meta else []), available, got.n > 0)


def _rest(soring: Soring) -> list[int]:
    """All that is in a soring of one stage, which is empty then."""
    held, _ = soring.counts()
    soring.through(held, 0)
    return soring.taken()


def _empty(soring: Soring, stage: int, left: int) -> None:
    """Takes out all of which so many objects have not come through this stage of two."""
    if left:
        soring.through(left, stage)
    if stage == 0:
        soring.through(soring.counts()[0], 1)
    soring.taken()


def test_room_need_not_be_asked_for(scene: Scene):
    """Every operation works without free_space or available, too, and without the metadata that the
    soring has.

    Source: rte_soring.h: "if non-NULL, returns"; "if user not using object metadata values, then this
        parameter can be NULL"
    Since: 25.03   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    nothing: dict[str, Any] = {"available": None, "meta": None}
    seen = {}
    for modes in DIAGONAL:
        for how in WAYS:
            soring = shared(producer, consumer, modes, meta_size=4)
            put = soring.enqueue(how, 1, 2, 3, free_space=None, meta=None)
            got = soring.acquirx(consumer, how, 3, **nothing)
            soring.release(consumer, got, objs=[4, 5, 6], meta=None)
            took = soring.dequeux(how, 3, **nothing)
            rooms = (put.free_space, got.available, took.available)
            objs = [soring.objects(facts) for facts in (got, took)]
            seen[modes, how] = (put.ret, *objs, rooms, "meta" in got, "meta" in took)
    promised = (3, [1, 2, 3], [4, 5, 6], (None, None, None), False, False)
    assert seen == alike(seen, promised)


@both_roles
def test_every_pair_of_modes_is_one_staged_queue(scene: Scene, role: str):
    """In all sixteen pairs of modes, with one to three stages, each answer is the one that a staged queue
    of that capacity would give, whoever puts in, works in a stage, releases and takes out, in whatever
    order; and both processes see its count and room.

    Source: guide, "Staged Ordered Ring API": "preserves the ingress order of objects within the queue
        across multiple stages"; "all rte_ring synchronization types are supported"
    Since: 25.03   Strength: documented
    """
    producer, consumer = pair(scene, role)
    dice, wrong = Random(25), {}
    for number, modes in enumerate(PAIRS):
        stages = 1 + number % 3
        soring = shared(producer, consumer, modes, elems=(7, 5)[number % 2], stages=stages)
        play = _Play(soring, StagedQueue((7, 5)[number % 2], stages), dice)
        for step in range(40):
            seen, promised = play.step(step)
            if seen != promised:
                wrong[modes] = f"step {step}: {seen}, not {promised}"
                break
    assert wrong == {}


class _Play:
    """The same steps on a soring and on the promise."""

    def __init__(self, soring: Soring, queue: StagedQueue, dice: Random) -> None:
        self._soring, self._queue, self._dice = soring, queue, dice
        self._held: list[tuple[Facts, Acquired]] = []

    def step(self, step: int) -> tuple[Any, Any]:
        """Takes one step on both: the answers of the soring, and those that it promises."""
        kind = self._dice.choice(["enqueue", "acquire", "acquire", "release", "release", "dequeue"])
        how, n = self._dice.choice(WAYS), self._dice.randrange(self._queue.capacity + 2)
        if kind == "enqueue":
            objs = [100 * step + i for i in range(n)]
            put = self._soring.enqueue(how, *objs)
            return (put.ret, put.free_space), self._queue.enqueue(how, objs)
        if kind == "dequeue":
            took = self._soring.dequeue(how, n)
            seen = (took.ret, self._soring.objects(took), took.available)
            return seen, self._queue.dequeue(how, n)
        if kind == "acquire":
            return self._acquire(how, n)
        if self._held:
            self._release(step)
        return self._soring.counts(), (self._queue.count, self._queue.room)

    def _acquire(self, how: str, n: int) -> tuple[Any, Any]:
        stage = self._dice.randrange(len(self._queue.stages))
        peer = self._dice.choice([self._soring.producer, self._soring.consumer])
        facts = self._soring.acquire(peer, how, n, stage)
        promise, objs, available = self._queue.acquire(how, stage, n)
        if facts.ret:
            self._held.append((facts, promise))
        seen = (facts.ret, self._soring.objects(facts), facts.available)
        return seen, (promise.n, objs, available)

    def _release(self, step: int) -> None:
        facts, promise = self._held.pop(self._dice.randrange(len(self._held)))
        peer = self._dice.choice([self._soring.producer, self._soring.consumer])
        objs = [100 * step + i for i in range(promise.n)] if self._dice.random() < 0.5 else None
        keys = {"objs": objs} if objs else {}
        self._soring.release(peer, facts, promise.stage, **keys)
        self._queue.release(promise, objs)
