# SPDX-License-Identifier: BSD-3-Clause
"""Calls that moved fewer objects than they were asked to: was the ring empty, or full, at any moment?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from conformance.rte_ring.history.moves import History


def found_empty(put: History, took: History, shorts: History) -> History:
    """The calls that found the ring empty although at each moment of the call an object was in it for
    certain: between the return of the call that enqueued the object and the call that dequeued it.
    """
    if not len(shorts):
        return shorts
    objects, entered = np.unique(put["object"], return_index=True)
    came, first = np.unique(took["object"], return_index=True)
    _, both, outs = np.intersect1d(objects, came, assume_unique=True, return_indices=True)
    begin = put["end"][entered].astype(np.int64)
    end: npt.NDArray[np.int64] = np.full(len(begin), np.iinfo(np.int64).max)
    end[both] = took["begin"][first[outs]]
    certain = begin < end
    order = np.argsort(begin[certain], kind="stable")
    begin, end = begin[certain][order], np.maximum.accumulate(end[certain][order])
    # Where one such time begins only when all before it are over, the ring may have been empty.
    if not len(begin):
        return shorts[:0]
    starts = np.flatnonzero(np.insert(begin[1:] >= end[:-1], 0, True))
    since, until = begin[starts], end[np.append(starts[1:], len(end)) - 1]
    at = np.searchsorted(since, shorts["begin"].astype(np.int64), side="left") - 1
    return shorts[(at >= 0) & (until[np.maximum(at, 0)] > shorts["end"].astype(np.int64))]


def found_full(put: History, took: History, shorts: History, capacity: int | None) -> History:
    """The calls that found the ring full although at no moment of the call it can have been: the ring
    held at most the objects whose enqueue had begun, less those whose dequeue had returned."""
    if not len(shorts) or capacity is None:
        return shorts[:0]
    if not len(put):
        return shorts if capacity else shorts[:0]
    moments = np.concatenate([put["begin"], took["end"]]).astype(np.int64)
    steps = np.concatenate([np.ones(len(put), int), -np.ones(len(took), int)])
    # In one moment first what comes: a ring that was full in it was full.
    order = np.lexsort((-steps, moments))
    moments, most = moments[order], np.cumsum(steps[order])
    begin, end = (shorts[edge].astype(np.int64) for edge in ("begin", "end"))
    # From the state before the call on: what leaves as it begins was still there.
    low = np.maximum(np.searchsorted(moments, begin, side="left") - 1, 0)
    high = np.maximum(np.searchsorted(moments, end, side="right"), low + 1)
    bounds: Any = np.stack([low, high], axis=1).ravel()
    highest = np.maximum.reduceat(np.append(most, most[-1:]), bounds)[::2]
    return shorts[highest < capacity]
