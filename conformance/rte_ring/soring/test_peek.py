# SPDX-License-Identifier: BSD-3-Clause
"""The peek API of rte_soring.h: an enqueue or dequeue in two halves, start in one moment and finish in
another."""

from __future__ import annotations

from typing import Any

from conformance.roles import both_roles, pair
from conformance.rte_ring.api import FILLINGS, PEEK_PUT, PEEK_TAKE, alike
from conformance.rte_ring.soring.api import Soring, shared
from targets.protocol import Facts
from targets.scene import Scene


def _start(soring: Soring, how: str, n: int) -> Facts:
    verb = f"soring_enqueue_{how}_start"
    return soring.producer.call(verb, soring=soring.soring, n=n)


def _finish(soring: Soring, *objs: int, meta: list[int] | None = None) -> None:
    keys: dict[str, Any] = {"soring": soring.soring, "objs": soring.bytes_of(objs)}
    if meta is None:
        soring.producer.call("soring_enqueue_finish", **keys)
        return
    table = b"".join(each.to_bytes(soring.meta_size, "little") for each in meta)
    soring.producer.call("soring_enqueux_finish", meta=table, **keys)


def _peek(soring: Soring, how: str, num: int) -> Facts:
    verb = f"soring_dequeux_{how}_start"
    return soring.consumer.call(verb, soring=soring.soring, num=num)


def _remove(soring: Soring, n: int) -> None:
    soring.consumer.call("soring_dequeue_finish", soring=soring.soring, n=n)


@both_roles
def test_reserved_room_is_filled_by_finish(scene: Scene, role: str):
    """Objects that are enqueued between start and finish are there for nobody until finish, and then for
    all, with their metadata.

    Source: rte_soring.h, rte_soring_enqueue_bulk_start: "no actual objects are put in the queue by this
        function, it just reserves for user such ability"
    Since: 26.07   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PUT:
        soring = shared(producer, consumer, modes, meta_size=4)
        soring.put_all(1, meta=[11])
        start = _start(soring, "bulk", 3)
        before = (soring.counts(), soring.acquire(consumer, "burst", 0).available)
        _finish(soring, 2, 3, 4, meta=[12, 13, 14])
        soring.through(4, 0)
        out = soring.dequeux("burst", 7)
        objs, meta = soring.objects(out), soring.metadata(out)
        seen[modes] = ((start.ret, start.free_space), before, objs, meta)
    assert seen == alike(PEEK_PUT, ((3, 3), ((1, 6), 1), [1, 2, 3, 4], [11, 12, 13, 14]))


@both_roles
def test_finish_with_fewer_gives_the_rest_back(scene: Scene, role: str):
    """Finishing with fewer objects than were reserved, or with none, gives the rest of the room back.

    Source: rte_soring.h, rte_soring_enqueue_finish: "should not exceed previous enqueue_start return
        value"
    Since: 26.07   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PUT:
        soring = shared(producer, consumer, modes)
        said = []
        for objs in FILLINGS:
            _start(soring, "bulk", 4)
            _finish(soring, *objs)
            said.append(soring.counts())
        put = soring.enqueue("burst", 4, 5, 6, 7, 8).ret
        soring.through(7, 0)
        seen[modes] = (said, put, soring.taken())
    assert seen == alike(PEEK_PUT, ([(2, 5), (2, 5), (3, 4)], 4, [1, 2, 3, 4, 5, 6, 7]))


@both_roles
def test_start_says_what_can_be_reserved(scene: Scene, role: str):
    """Starting to enqueue in bulk reserves all or nothing, in a burst what fits; what has reserved
    nothing needs no finish.

    Source: rte_soring.h, "Actual number of objects that can be enqueued, either 0 or n"; "free_space"
    Since: 26.07   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_PUT:
        soring = shared(producer, consumer, modes)
        soring.put_all(1, 2, 3)
        said = []
        for how, n in (("bulk", 5), ("burst", 5), ("bulk", 4), ("burst", 0), ("bulk", 0)):
            start = _start(soring, how, n)
            said.append((start.ret, start.free_space))
            if start.ret:
                _finish(soring)
        seen[modes] = (said, soring.counts())
    assert seen == alike(PEEK_PUT, ([(0, 4), (4, 0), (4, 0), (0, 4), (0, 4)], (3, 4)))


@both_roles
def test_objects_are_seen_before_they_are_removed(scene: Scene, role: str):
    """Starting to dequeue shows the objects with their metadata and removes none: they and their room go
    with finish; those that finish does not remove come again.

    Source: rte_soring.h, "SORING Peek API": "allows user to inspect objects in the soring without
        removing them from it"
    Since: 26.07   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_TAKE:
        soring = shared(producer, consumer, modes, meta_size=4)
        soring.put_all(1, 2, 3, 4, 5, meta=[11, 12, 13, 14, 15])
        soring.through(5, 0)
        shown = []
        for removed in (0, 1, 2):
            start = _peek(soring, "burst", 3)
            shown.append((soring.objects(start), soring.metadata(start), soring.counts()[0]))
            _remove(soring, removed)
        seen[modes] = (shown, soring.taken(), soring.counts())
    first = ([1, 2, 3], [11, 12, 13], 5)
    promised = ([first, first, ([2, 3, 4], [12, 13, 14], 4)], [4, 5], (0, 7))
    assert seen == alike(PEEK_TAKE, promised)


@both_roles
def test_start_says_what_can_be_taken(scene: Scene, role: str):
    """Starting to dequeue in bulk takes all or nothing, in a burst what there is; what has taken nothing
    needs no finish.

    Source: rte_soring.h, "Actual number of objects dequeued, either 0 or 'num'"; "available"
    Since: 26.07   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in PEEK_TAKE:
        soring = shared(producer, consumer, modes, meta_size=4)
        soring.put_all(1, 2, 3)
        soring.through(3, 0)
        said = []
        for how, n in (("bulk", 4), ("burst", 4), ("bulk", 3), ("burst", 0), ("bulk", 2**32 - 1)):
            start = _peek(soring, how, n)
            said.append((start.ret, soring.objects(start), start.available))
            if start.ret:
                _remove(soring, 0)
        seen[modes] = (said, soring.taken())
    three = (3, [1, 2, 3], 0)
    said = [(0, [], 3), three, three, (0, [], 3), (0, [], 3)]
    assert seen == alike(PEEK_TAKE, (said, [1, 2, 3]))
