# SPDX-License-Identifier: BSD-3-Clause
"""Acquire and release: who has which objects in which stage, what the next stage is given, and what
comes out."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.roles import both_roles, each_of_three, pair, three
from conformance.rte_ring.api import PAIRS, alike
from conformance.rte_ring.soring.api import DIAGONAL, Soring, parameters, shared
from targets.observed import observed
from targets.scene import Scene

LOG = "from:soring_release"  # of the line that soring.c writes at level EMERG


@each_of_three
def test_order_is_kept_from_process_to_process(scene: Scene, who: str):
    """Objects that pass through three stages, each served by another process, come out in the order in
    which they went in, with what each stage has made of them.

    Source: guide, "Staged Ordered Ring API": "preserves the ingress order of objects within the queue
        across multiple stages"; "objects remain in the same ring"
    Since: 25.03   Strength: documented
    """
    workers = three(scene, who)
    seen = {}
    for modes in PAIRS:
        soring = shared(workers[0], workers[2], modes, elem_size=4, stages=3)
        workers[1].call("soring_at", soring=soring.soring, elem_size=4, meta_size=0)
        came: list[int] = []
        for first in range(1, 13, 4):
            soring.put_all(*range(first, first + 4))
            for stage, worker in enumerate(workers):
                for _ in range(2):
                    got = soring.acquire(worker, "bulk", 2, stage)
                    objs = [10 * obj + stage for obj in soring.objects(got)]
                    soring.release(worker, got, stage, objs=objs)
            came += soring.taken()
        seen[modes] = came
    assert seen == alike(seen, [1000 * obj + 12 for obj in range(1, 13)])


@both_roles
def test_no_stage_overtakes_the_one_before_it(scene: Scene, role: str):
    """A stage is given nothing that the stage before has not released, the first one nothing that has not
    been put in; and nothing comes out that the last one has not released.

    Source: rte_soring.h: "After 'release', elems can be 'acquired' by next stage and/or dequeued (in case
        of last stage)"
    Since: 25.03   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        soring = shared(producer, consumer, modes, stages=2)
        ready = [_ready(soring)]
        soring.put_all(1, 2, 3)
        ready.append(_ready(soring))
        for stage in (0, 1):
            got = soring.acquire(producer, "bulk", 3, stage)
            ready.append(_ready(soring))
            soring.release(producer, got, stage)
            ready.append(_ready(soring))
        soring.taken()
        seen[modes] = [*ready, _ready(soring)]
    nothing = (0, 0, 0)
    promised = [nothing, (3, 0, 0), nothing, (0, 3, 0), nothing, (0, 0, 3), nothing]
    assert seen == alike(seen, promised)


def _ready(soring: Soring) -> tuple[int, int, int]:
    """How many objects the two stages could acquire, and how many could be dequeued: nothing is moved."""
    return (
        soring.acquire(soring.consumer, "burst", 0, 0).available,
        soring.acquire(soring.consumer, "burst", 0, 1).available,
        soring.dequeue("burst", 0).available,
    )


@both_roles
def test_objects_are_given_once(scene: Scene, role: str):
    """What one process has acquired is given to no other one in the same stage, whether it is released or
    not.

    Source: rte_soring.h: "after some elems are 'acquired' - user can safely assume having exclusive
        possession of these elems till 'release' for them is done"
    Since: 25.03   Strength: must
    """
    first, second = pair(scene, role)
    seen = {}
    for modes in DIAGONAL:
        soring = shared(first, second, modes, stages=2)
        soring.put_all(*range(1, 8))
        given: list[list[int]] = []
        for stage in (0, 1):
            mine = soring.acquire(first, "burst", 3, stage)
            yours = soring.acquire(second, "burst", 2, stage)
            soring.release(first, mine, stage)
            rest = soring.acquire(first, "burst", 7, stage)
            given += [soring.objects(facts) for facts in (mine, yours, rest)]
            soring.release(second, yours, stage)
            soring.release(first, rest, stage)
        seen[modes] = given
    assert seen == alike(seen, [[1, 2, 3], [4, 5], [6, 7]] * 2)


@both_roles
def test_release_may_come_in_any_order(scene: Scene, role: str):
    """What is released before something that was acquired earlier waits for it, and passes on together
    with it; whoever releases does not wait.

    Source: guide, "Staged Ordered Ring API": "initial order is preserved"; soring.c: "otherwise
        'release()' just returns"
    Since: 25.03   Strength: documented
    """
    first, second = pair(scene, role)
    seen = {}
    for modes in DIAGONAL:
        soring = shared(first, second, modes, stages=2)
        soring.put_all(*range(1, 8))
        got = [soring.acquire(peer, "bulk", 2) for peer in (first, second, first)]
        ready = []
        for peer, which in ((first, 2), (second, 1), (first, 0)):
            soring.release(peer, got[which])
            ready.append(_ready(soring)[1])
        passed = soring.acquire(second, "burst", 7, 1)
        soring.release(second, passed, 1)
        seen[modes] = (ready, soring.objects(passed), soring.taken())
    objs = list(range(1, 7))
    assert seen == alike(seen, ([0, 0, 6], objs, objs))


@both_roles
def test_token_is_good_in_any_process(scene: Scene, role: str):
    """Whoever has the token can release what another process has acquired.

    Source: rte_soring.h, rte_soring_acquire_bulk: "User has to store this value somewhere, and later
        provide to the release()"
    Since: 25.03   Strength: must
    """
    first, second = pair(scene, role)
    seen = {}
    for modes in DIAGONAL:
        soring = shared(first, second, modes)
        for turn in (1, 3, 5, 7, 9):
            soring.put_all(turn, turn + 1)
            got = soring.acquire(first, "bulk", 2)
            soring.release(second, got, objs=[turn + 100, turn + 101])
            seen[modes, turn] = soring.taken() == [turn + 100, turn + 101]
    assert seen == alike(seen, True)


@both_roles
def test_metadata_goes_with_its_object(scene: Scene, role: str):
    """The metadata of an object is what the last enqueux or releasx has written, in every stage and when
    it comes out; where metadata or objects are NULL, they stay as they are.

    Source: rte_soring.h, struct rte_soring_param, meta_size; rte_soring_release: "unless user needs to
        overwrite soring objects this parameter can be NULL"; guide: "users are free to mix and match both
        versions of data-path API"
    Since: 25.03   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        for elem_size, meta_size in ((4, 4), (8, 16), (32, 8)):
            sizes = {"elem_size": elem_size, "meta_size": meta_size}
            soring = shared(producer, consumer, modes, stages=4, **sizes)
            objs: list[int] = []
            meta: list[int] = []
            for turn in range(3):  # Five objects three times: they wrap.
                base = 20 * turn
                soring.put_all(*range(base, base + 5), meta=range(base + 100, base + 105))
                _work(soring, base)
                out = soring.dequeux("bulk", 5)
                objs, meta = objs + soring.objects(out), meta + soring.metadata(out)
            seen[modes, elem_size, meta_size] = (objs, meta)
    objs = [obj for base in (0, 20, 40) for obj in range(base + 5, base + 10)]
    assert seen == alike(seen, (objs, [obj + 195 for obj in objs]))


def _work(soring: Soring, base: int) -> None:
    """Four stages: metadata are written, objects are, nothing is, and what was read is given back."""
    later = range(base + 200, base + 205)
    by = soring.consumer
    soring.release(by, soring.acquire(by, "bulk", 5, 0), 0, meta=later)
    soring.release(by, soring.acquire(by, "bulk", 5, 1), 1, objs=[*range(base + 5, base + 10)])
    soring.release(by, soring.acquirx(by, "bulk", 5, 2), 2, meta=None)
    got = soring.acquirx(by, "bulk", 5, 3)
    soring.release(by, got, 3, objs=soring.objects(got), meta=soring.metadata(got))


def test_plain_enqueue_leaves_metadata_of_long_ago(scene: Scene):
    """An enqueue without metadata leaves what was in the place of its object a lap before.

    Source: soring.c: nothing is copied where meta is NULL; the header does not say what is read then
    Since: 25.03   Strength: measured
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in DIAGONAL:
        soring = shared(producer, consumer, modes, elems=3, meta_size=4)
        out: list[int] = []
        for obj in range(71, 79):  # There are four places.
            soring.put_all(obj, **({"meta": [obj]} if obj < 75 else {}))
            soring.through(1, 0)
            out += soring.metadata(soring.dequeux("bulk", 1))
        seen[modes] = out
    assert seen == alike(seen, [71, 72, 73, 74] * 2)


@both_roles
def test_counts_are_of_all_stages(scene: Scene, role: str):
    """An object counts from when it has been put in until it has been taken out, in whatever stage it is,
    acquired or not; both processes see the same.

    Source: rte_soring.h, rte_soring_count: "the total number of filled entries in a soring"
    Since: 25.03   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        soring = shared(producer, consumer, modes, stages=2)
        counts = [soring.counts()]
        soring.put_all(1, 2, 3, 4, 5)
        counts.append(soring.counts())
        for stage in (0, 1):
            got = soring.acquire(consumer, "bulk", 4, stage)
            counts.append(soring.counts())
            soring.release(producer, got, stage)
            counts.append(soring.counts())
        counts.append((soring.dequeue("bulk", 3).ret, soring.counts()[0]))
        seen[modes] = counts
    assert seen == alike(seen, [(0, 7), *[(5, 2)] * 5, (3, 2)])


# -- what nobody should do ----------------------------------------------------------------------------

# How a release can differ from what acquire said, of two objects of the first stage of two.
WRONG: dict[str, dict[str, Any]] = {
    "fewer": {"n": 1},
    "more": {"n": 3},
    "of another token": {"ftoken": 3},
    "of another stage": {"stage": 1},
}


@pytest.mark.parametrize("how", [*WRONG, "twice"])
def test_wrong_release_is_told(scene: Scene, how: str):
    """A release that is not of what has been acquired, or a second one, is told in the log; a right one
    is not.

    Source: rte_soring.h, rte_soring_release: "Has to be the same value as returned by acquire() op"; of
        the log, soring.c: "if expected value is not equal to actual one"
    Since: 25.03   Strength: observed
    """
    producer, consumer = pair(scene, "primary")
    soring = shared(producer, consumer, "MP-MC", stages=2)
    soring.put_all(1, 2, 3, 4)
    soring.release(producer, soring.acquire(producer, "bulk", 2))
    soring.taken()
    before = _told(producer)
    got = soring.acquire(producer, "bulk", 2)
    if how == "twice":
        soring.release(producer, got)
    keys = {"stage": 0, **WRONG.get(how, {"n": 2})}
    soring.release(producer, got, **keys)
    assert (before, _told(producer)) == (0, 1)


@observed
def _told(peer: Any) -> int:
    """How many releases its log complains of."""
    peer.call("nothing")
    return int(peer.output.count(LOG))


@pytest.mark.parametrize(
    ("n", "ready", "came"),
    [(1, [1, 1], [1]), (3, [3, 3], [1, 2, 3])],
    ids=["fewer", "more"],
)
def test_wrong_number_breaks_the_stage(scene: Scene, n: int, ready: list[int], came: list[int]):
    """A release of fewer objects than were acquired lets only these pass, one of more also objects that
    nobody has released; and nothing behind them ever passes.

    Source: rte_soring.h: "user has to release exactly the same number of elems acquired before"
    Since: 25.03   Strength: measured
    """
    producer, consumer = pair(scene, "primary")
    soring = shared(producer, consumer, "MP-MC")
    soring.put_all(1, 2, 3, 4, 5)
    first = soring.acquire(producer, "bulk", 2)
    second = soring.acquire(consumer, "bulk", 2)
    soring.release(producer, first, n=n)
    seen = [soring.dequeue("burst", 0).available]
    soring.release(consumer, second)
    seen.append(soring.dequeue("burst", 0).available)
    assert (seen, soring.taken()) == (ready, came)


def test_stage_that_is_not_there_is_memory_behind(scene: Scene):
    """A stage that the soring does not have is not refused: objects are given, and the memory behind the
    soring is written to.

    Source: rte_soring.h, "stage: Stage to acquire objects for"; of others, nothing
    Since: 25.03   Strength: measured
    """
    producer, consumer = pair(scene, "primary")
    keys = parameters(producer, "MP-MC")
    size = producer.call("soring_get_memsize", **keys).ret
    memory = str(producer.call("malloc", size=size + 1024, align=64).ret)
    behind = hex(int(memory, 16) + size)
    producer.call("write_memory", ptr=behind, data=bytes(1024))
    producer.call("soring_init", soring=memory, **keys)
    consumer.call("soring_at", soring=memory, elem_size=8, meta_size=0)
    soring = Soring(producer, consumer, memory, 8, 0)
    soring.put_all(1, 2, 3)
    soring.through(3, 0)
    got = soring.acquire(consumer, "bulk", 2, 1)
    after = consumer.call("read_memory", ptr=behind, count=1024).data
    assert (soring.objects(got), after == "00" * 1024) == ([1, 2], False)
