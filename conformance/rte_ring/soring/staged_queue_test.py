# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the promise of a staged ordered ring is the one of rte_soring.h."""

from __future__ import annotations

import pytest

from conformance.rte_ring.soring.staged_queue import StagedQueue


def _filled(stages: int, n: int) -> StagedQueue:
    queue = StagedQueue(7, stages)
    queue.enqueue("bulk", list(range(n)))
    return queue


def test_bulk_is_all_or_nothing_and_burst_what_fits() -> None:
    queue = _filled(1, 5)
    assert queue.enqueue("bulk", [8, 8, 8]) == (0, 2)
    assert queue.enqueue("burst", [5, 6, 8]) == (2, 0)
    assert queue.acquire("bulk", 0, 8)[1:] == ([], 7)
    assert queue.acquire("burst", 0, 8)[1:] == ([0, 1, 2, 3, 4, 5, 6], 0)


def test_objects_come_out_when_all_stages_have_released_them() -> None:
    queue = _filled(2, 3)
    first, objs, available = queue.acquire("bulk", 0, 2)
    assert (objs, available, queue.acquire("burst", 1, 2)[1]) == ([0, 1], 1, [])
    queue.release(first)
    second, objs, available = queue.acquire("burst", 1, 3)
    assert (objs, available, queue.dequeue("burst", 3)) == ([0, 1], 0, (0, [], 0))
    queue.release(second, [10, 11])
    assert queue.dequeue("bulk", 1) == (1, [10], 1)
    assert (queue.count, queue.room) == (2, 5)


def test_later_objects_wait_for_earlier_ones() -> None:
    queue = _filled(1, 4)
    first, later = (queue.acquire("bulk", 0, 2)[0] for _ in range(2))
    queue.release(later)
    assert queue.dequeue("burst", 4) == (0, [], 0)
    queue.release(first)
    assert queue.dequeue("burst", 4) == (4, [0, 1, 2, 3], 0)


def test_unknown_way_is_refused() -> None:
    with pytest.raises(ValueError, match="how is 'all'"):
        _filled(1, 1).dequeue("all", 1)
