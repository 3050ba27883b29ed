# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the queue that rings are compared with is one, and knows bulk from burst."""

import pytest

from conformance.rte_ring.bounded_queue import Queue


def test_bulk_is_all_or_nothing():
    queue = Queue[int](3)
    assert queue.put("bulk", [1, 2, 3, 4]) == (0, 3)
    assert queue.put("bulk", [1, 2]) == (2, 1)
    assert queue.take("bulk", 3) == (0, [], 2)
    assert queue.take("bulk", 2) == (2, [1, 2], 0)


def test_burst_is_what_fits():
    queue = Queue[int](3)
    assert queue.put("burst", [1, 2, 3, 4]) == (3, 0)
    assert queue.take("burst", 2) == (2, [1, 2], 1)
    assert queue.take("burst", 2) == (1, [3], 0)


def test_nothing_moves_nothing():
    queue = Queue[int](0)
    assert queue.state() == (0, 0, True, True)
    assert queue.put("burst", []) == (0, 0)


def test_another_word_is_refused():
    with pytest.raises(ValueError, match="bulk or burst"):
        Queue[int](1).put("elem", [])
