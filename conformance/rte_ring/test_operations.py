# SPDX-License-Identifier: BSD-3-Clause
"""Enqueue and dequeue, bulk and burst, one process on each side."""

import pytest

from conformance.roles import both_roles, pair
from conformance.rte_ring.deaths.walk import MODES
from targets.scene import Scene

every_mode = pytest.mark.parametrize("mode", MODES)


def _shared_ring(scene: Scene, role: str, mode: str, count: int = 8):
    producer, consumer = pair(scene, role)
    ring = producer.call("ring_create", name="r", count=count, flags=MODES[mode]).ring
    consumer.call("ring_lookup", name="r")
    return producer, consumer, ring


@both_roles
@every_mode
def test_objects_come_out_in_order(scene: Scene, role: str, mode: str):
    """Objects that one process enqueues are dequeued by the other in the same order, over many turns of
    the ring.

    Source: guide, "Ring Library": "FIFO"
    Since: 20.08   Strength: documented
    """
    producer, consumer, ring = _shared_ring(scene, role, mode)
    sent, got = [], []
    for turn in range(6):
        objs = [10 * turn + n for n in range(1, 6)]
        assert producer.call("ring_enqueue_bulk", ring=ring, objs=objs).ret == 5
        sent += objs
        got += consumer.call("ring_dequeue_bulk", ring=ring, n=5).objs
    assert got == sent


@every_mode
def test_bulk_is_all_or_nothing(scene: Scene, mode: str):
    """A bulk operation moves all its objects or none, and tells the room that is left.

    Source: rte_ring.h, rte_ring_enqueue_bulk: "either 0 or n"
    Since: 20.08   Strength: must
    """
    producer, consumer, ring = _shared_ring(scene, "primary", mode)
    puts = [producer.call("ring_enqueue_bulk", ring=ring, objs=[1, 2, 3, 4]) for _ in range(2)]
    takes = [consumer.call("ring_dequeue_bulk", ring=ring, n=3) for _ in range(2)]
    assert [(r.ret, r.free_space) for r in puts] == [(4, 3), (0, 3)]
    assert [(r.ret, r.available, r.objs) for r in takes] == [(3, 1, [1, 2, 3]), (0, 1, [])]


@every_mode
def test_burst_moves_what_it_can(scene: Scene, mode: str):
    """A burst operation moves as many objects as there are or as fit, and tells the room that is left.

    Source: rte_ring.h, rte_ring_enqueue_burst: "n: Actual number of objects enqueued"
    Since: 20.08   Strength: must
    """
    producer, consumer, ring = _shared_ring(scene, "primary", mode)
    puts = [producer.call("ring_enqueue_burst", ring=ring, objs=[1, 2, 3, 4]) for _ in range(3)]
    takes = [consumer.call("ring_dequeue_burst", ring=ring, n=5) for _ in range(3)]
    assert [(r.ret, r.free_space) for r in puts] == [(4, 3), (3, 0), (0, 0)]
    assert [(r.ret, r.available) for r in takes] == [(5, 2), (2, 0), (0, 0)]
    assert takes[0].objs + takes[1].objs == [1, 2, 3, 4, 1, 2, 3]


def test_both_see_the_same_count(scene: Scene):
    """The count, the free space, emptiness and fullness of a ring are the same for both processes.

    Source: rte_ring.h, rte_ring_count, rte_ring_free_count, rte_ring_full, rte_ring_empty
    Since: 18.05   Strength: must
    """
    producer, consumer, ring = _shared_ring(scene, "primary", "MP-MC")
    seen = []
    for objs in ([], [1, 2, 3], [4, 5, 6, 7]):
        producer.call("ring_enqueue_bulk", ring=ring, objs=objs)
        states = [peer.call("ring_state", ring=ring) for peer in (producer, consumer)]
        pairs = {(s.count, s.free_count, s.empty, s.full) for s in states}
        seen.append(pairs)
    assert seen == [{(0, 7, True, False)}, {(3, 4, False, False)}, {(7, 0, False, True)}]


def test_objects_outlive_their_producer(scene: Scene):
    """Objects that a secondary enqueued before it was killed are still there for the others, whole and
    in order.

    Source: guide, "Multi-process Support": shared memory outlives a secondary
    Since: 18.05   Strength: documented
    """
    consumer, producer = scene.primary(), scene.secondary()
    ring = producer.call("ring_create", name="r", count=8).ring
    producer.call("ring_enqueue_bulk", ring=ring, objs=[1, 2, 3])
    producer.kill()
    consumer.call("ring_lookup", name="r")
    assert consumer.call("ring_dequeue_burst", ring=ring, n=8).objs == [1, 2, 3]
