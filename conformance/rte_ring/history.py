# SPDX-License-Identifier: BSD-3-Clause
"""Whether what several processes put into a ring and took out of it can have been one queue.

Pure and fast: millions of objects a second, sorted, never compared pair by pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# One object that went in or came out: which (producer << 48 | sequence number), and when the call that
# moved it began and returned (CLOCK_MONOTONIC, ns: one clock for all processes of a machine).
RECORD = np.dtype([("object", "<u8"), ("begin", "<u8"), ("end", "<u8")])

PRODUCER_SHIFT = np.uint64(48)

History = Any  # np.ndarray of RECORD, in the order in which its process moved them


@dataclass(frozen=True)
class Findings:
    """Numbers of objects, and one example of each kind; all 0 for a history that one queue explains.

    lost: put in, never came out.  doubled: came out again.  invented: came out, and nobody had put it
    in.  early: came out of a call that had returned before the call that put it in began.
    disordered: one process took it after a later object of the same producer.  overtaken: it went in
    before another (the one call had returned when the other began), and came out after it in the same
    sense: no single order explains that.
    """

    objects: int
    lost: int = 0
    doubled: int = 0
    invented: int = 0
    early: int = 0
    disordered: int = 0
    overtaken: int = 0
    examples: tuple[str, ...] = ()

    @property
    def wrong(self) -> dict[str, int]:
        """What there is of each kind; {} if nothing."""
        kinds = ("lost", "doubled", "invented", "early", "disordered", "overtaken")
        return {kind: getattr(self, kind) for kind in kinds if getattr(self, kind)}


def read(path: str | Path) -> History:
    """A history as a peer wrote it."""
    return np.fromfile(path, dtype=RECORD)


def name(value: Any) -> str:
    """ "object 17 of producer 2"."""
    return f"object {int(value) & (2**48 - 1)} of producer {int(value) >> 48}"


def check(puts: list[History], takes: list[History]) -> Findings:
    """puts, takes: one history for each producer and each consumer."""
    put = np.concatenate([np.empty(0, RECORD), *puts])
    took = np.concatenate([np.empty(0, RECORD), *takes])
    came, times = np.unique(took["object"], return_counts=True)
    lost = np.setdiff1d(put["object"], came)
    invented = np.setdiff1d(came, put["object"])
    doubled = came[times > 1]
    early, overtaken = _in_time(put, took)
    disordered = np.concatenate([np.empty(0, "<u8"), *map(_disordered, takes)])
    kinds = {
        "lost": lost,
        "doubled": doubled,
        "invented": invented,
        "early": early,
        "disordered": disordered,
        "overtaken": overtaken,
    }
    counts = {kind: len(found) for kind, found in kinds.items()}
    counts["doubled"] = int((times - 1).sum())
    examples = tuple(f"{kind}: {name(found[0])}" for kind, found in kinds.items() if len(found))
    return Findings(len(put), **counts, examples=examples)


def _disordered(took: History) -> Any:
    """Objects that one process took after a later one of the same producer."""
    found = [np.empty(0, "<u8")]
    producers = took["object"] >> PRODUCER_SHIFT
    for producer in np.unique(producers):
        objects = took["object"][producers == producer]
        highest = np.maximum.accumulate(objects)
        found.append(objects[1:][objects[1:] < highest[:-1]])
    return np.concatenate(found)


def _in_time(put: History, took: History) -> tuple[Any, Any]:
    """Objects that came out too early, and that were overtaken, by the clock alone."""
    # Each object once, the first time that it went in and came out: what is doubled is told elsewhere.
    objects, first_put, first_took = np.intersect1d(
        put["object"], took["object"], return_indices=True
    )
    into: History = put[first_put]
    out: History = took[first_took]
    early = objects[out["end"] < into["begin"]]
    # Of all objects whose put had returned before this one's began, none may be taken by a call that
    # began only after the call that took this one had returned.
    by_end = np.argsort(into["end"], kind="stable")
    latest = np.maximum.accumulate(out["begin"][by_end])
    before = np.searchsorted(into["end"][by_end], into["begin"], side="left")
    overtaking = (before > 0) & (latest[np.maximum(before, 1) - 1] > out["end"])
    return early, objects[overtaking]
