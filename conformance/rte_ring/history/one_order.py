# SPDX-License-Identifier: BSD-3-Clause
"""Builds one order of all objects that agrees with every process and with the clock, step by step.

Object a must stand before b if the one process that put in, or that took out, both had a first; if the
call that put in (took out) a had returned when that of b began; or if a was out before b's put began.
An order that keeps all of these is the one in which the objects went through the queue.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.rte_ring.history.moves import Moves


def stuck_at(once: Moves) -> list[int]:
    """Objects each of which must wait for another of them, so that none can be the next; [] if an order
    of all is found. Whichever object can be the next may be taken: the others lose nothing by it.
    """
    runs = _runs(once)
    begins, ends = once.in_begin[runs].tolist(), once.in_end[runs].tolist()
    out_begins, out_ends = once.out_begin[runs].tolist(), once.out_end[runs].tolist()
    takers = once.consumer[runs].tolist()
    to_put = _queues(once.producer[runs], once.in_at[runs])
    to_take = _queues(once.consumer[runs], once.out_at[runs])
    left = len(runs)
    while left:
        # No other run's calls end before those of the first ones.
        put_by = min(ends[queue[-1]] for queue in to_put.values() if queue)
        out_by = min(out_ends[queue[-1]] for queue in to_take.values() if queue)
        went = 0
        for queue in to_put.values():
            while queue:
                run = queue[-1]
                mine = to_take[takers[run]]
                if (
                    mine[-1] != run
                    or begins[run] > put_by
                    or begins[run] > out_by
                    or out_begins[run] > out_by
                ):
                    break
                queue.pop()
                mine.pop()
                went += 1
        if not went:
            return [int(once.object[runs[queue[-1]]]) for queue in to_put.values() if queue]
        left -= went
    return []


def _runs(once: Moves) -> Any:
    """The first of several objects that went together through one call in and one call out: what holds
    for it holds for all."""
    order = np.lexsort((once.in_at, once.producer))
    same = np.zeros(len(order), bool)
    a, b = order[:-1], order[1:]
    same[1:] = (
        (once.call_in[a] == once.call_in[b])
        & (once.call_out[a] == once.call_out[b])
        & (once.in_at[a] + 1 == once.in_at[b])
        & (once.out_at[a] + 1 == once.out_at[b])
    )
    return order[~same]


def _queues(whose: Any, at: Any) -> dict[int, list[int]]:
    """Each process' runs in its order, the first one last."""
    order = np.lexsort((-at, whose))
    return {int(who): order[whose[order] == who].tolist() for who in np.unique(whose)}
