# SPDX-License-Identifier: BSD-3-Clause
"""Checks whether all that several processes enqueued and dequeued can be the history of one queue
(linearizability).

Pure and fast: sorted and scanned, never compared pair by pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import numpy as np

from conformance.rte_ring.history import one_order
from conformance.rte_ring.history import empty_or_full
from conformance.rte_ring.history.moves import RECORD, SHORT, History, Moves, moved
from targets.observed import observed

KINDS = (
    "lost",
    "doubled",
    "invented",
    "early",
    "disordered",
    "overtaken",
    "tangled",
    "hidden",
    "refused",
)


@dataclass(frozen=True)
class Findings:
    """Numbers of objects, and one example of each kind; all 0 for a history that one queue explains.

    lost: went in more often than it came out.  doubled: came out more often.  invented: came out, and
    nobody had put it in.  early: came out of a call that had returned before the call that put it in
    began.  disordered: came out after one that the same producer had put in later.  overtaken: came
    out after one of another producer that had gone in later.  "After" is by the clock (the one call
    had returned when the other began), or by the order of the one process that took both.
    tangled: no pair is wrong, but no single order explains all (1, then it is looked no further).
    hidden: calls that found the ring empty though objects were in it all the while.
    refused: calls that found it full though there was room all the while.
    """

    objects: int
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    early: int = 0
    disordered: int = 0
    overtaken: int = 0
    tangled: int = 0
    hidden: int = 0
    refused: int = 0
    examples: tuple[str, ...] = ()

    @property
    def wrong(self) -> dict[str, int]:
        """The violations, by kind; {} if there are none."""
        return {kind: getattr(self, kind) for kind in KINDS if getattr(self, kind)}


@observed
def read(path: str | Path) -> History:
    """A history as a peer wrote it."""
    return np.fromfile(path, dtype=RECORD)


def name(value: Any) -> str:
    """ "object 17 of producer 2"."""
    return f"object {int(value) & (2**48 - 1)} of producer {int(value) >> 48}"


def check(puts: list[History], takes: list[History], capacity: Optional[int] = None) -> Findings:
    """puts, takes: one history for each producer and each consumer. capacity: of the ring, to check
    the calls that found it full."""
    put, took, once = moved(puts), moved(takes), Moves.of(puts, takes)
    entered, enters = np.unique(put["object"], return_counts=True)
    came, comes = np.unique(took["object"], return_counts=True)
    _, at_in, at_out = np.intersect1d(entered, came, return_indices=True)
    outs, ins = np.zeros_like(enters), np.zeros_like(comes)
    outs[at_in], ins[at_out] = comes[at_out], enters[at_in]
    disordered = _one_producer(once)
    overtaken = _any_producer(once) & ~disordered
    found = {
        "lost": entered[enters > outs],
        "doubled": came[(comes > ins) & (ins > 0)],
        "invented": came[ins == 0],
        "early": once.object[once.out_end < once.in_begin],
        "disordered": once.object[disordered],
        "overtaken": once.object[overtaken],
    }
    counts = {kind: len(objects) for kind, objects in found.items()}
    counts["lost"] = int(np.maximum(enters - outs, 0).sum())
    counts["doubled"] = int(np.maximum(comes - ins, 0)[ins > 0].sum())
    examples = [f"{kind}: {name(objects[0])}" for kind, objects in found.items() if len(objects)]
    if not counts["early"] + counts["disordered"] + counts["overtaken"]:
        stuck = one_order.stuck_at(once)
        counts["tangled"] = len(stuck[:1])
        examples += ["tangled: " + ", ".join(map(name, stuck))] if stuck else []
    shorts = {
        "hidden": empty_or_full.found_empty(put, took, _shorts(takes)),
        "refused": empty_or_full.found_full(put, took, _shorts(puts), capacity),
    }
    for kind, calls in shorts.items():
        counts[kind] = len(calls)
        examples += [f"{kind}: the call at {calls['begin'][0]}"] if len(calls) else []
    return Findings(len(put), **counts, examples=tuple(examples))


def _shorts(histories: list[History]) -> History:
    every = np.concatenate([np.empty(0, RECORD), *histories])
    return every[every["object"] == SHORT]


def _one_producer(once: Moves) -> Any:
    """Objects that came out after one that the same producer had put in later."""
    late = np.zeros(len(once.object), bool)
    for producer in np.unique(once.producer):
        mine = np.flatnonzero(once.producer == producer)
        mine = mine[np.argsort(once.in_at[mine])]
        late[mine] |= _later_minimum(once.out_end[mine]) < once.out_begin[mine]
        for consumer in np.unique(once.consumer[mine]):
            both = mine[once.consumer[mine] == consumer]
            both = both[np.argsort(once.out_at[both])]
            late[both] |= _earlier_maximum(once.in_at[both]) > once.in_at[both]
    return late


def _any_producer(once: Moves) -> Any:
    """Objects that came out after one that had gone in later, by the clock on one side at least."""
    if not len(once.object):
        return np.zeros(0, bool)
    by_begin = np.argsort(once.in_begin, kind="stable")
    # Of all that went in by calls that began when this one's had returned: the first that was out.
    soonest = np.minimum.accumulate(once.out_end[by_begin][::-1])[::-1]
    after = np.searchsorted(once.in_begin[by_begin], once.in_end, side="right")
    late = np.append(soonest, _NEVER)[after] < once.out_begin
    for consumer in np.unique(once.consumer):
        mine = np.flatnonzero(once.consumer == consumer)
        mine = mine[np.argsort(once.out_at[mine])]
        late[mine] |= _earlier_maximum(once.in_begin[mine]) > once.in_end[mine]
    return late


_NEVER = np.iinfo(np.int64).max


def _later_minimum(values: Any) -> Any:
    """For each, the smallest of those behind it."""
    return np.append(np.minimum.accumulate(values[::-1])[::-1][1:], _NEVER)


def _earlier_maximum(values: Any) -> Any:
    """For each, the largest of those before it."""
    return np.insert(np.maximum.accumulate(values)[:-1], 0, -1) if len(values) else values
