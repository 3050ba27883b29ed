# SPDX-License-Identifier: BSD-3-Clause
"""The objects that processes have enqueued and dequeued, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

# One object that went in or came out: which (producer << 48 | sequence number), and when the call that
# moved it began and returned (CLOCK_MONOTONIC, ns: one clock for all processes of a machine).
RECORD = np.dtype([("object", "<u8"), ("begin", "<u8"), ("end", "<u8")])

# In place of an object: this call moved fewer than were asked for, as the ring was full, or empty.
SHORT = 2**64 - 1

History = Any  # np.ndarray of RECORD, in the order in which its process moved them


def moved(histories: list[History]) -> History:
    """All objects of these histories, one behind the other."""
    every = np.concatenate([np.empty(0, RECORD), *histories])
    return every[every["object"] != SHORT]


@dataclass(frozen=True)
class Moves:
    """The objects that went in once and came out once, each an index of all arrays.

    in_*, out_*: begin and end of the calls (ns), and the place in the history of the process that made
    them. call_in, call_out: a number of the call.
    """

    object: Any
    producer: Any
    in_at: Any
    in_begin: Any
    in_end: Any
    call_in: Any
    consumer: Any
    out_at: Any
    out_begin: Any
    out_end: Any
    call_out: Any

    @staticmethod
    def of(puts: list[History], takes: list[History]) -> Moves:
        """The moves, from the histories of all producers and all consumers."""
        put, took = moved(puts), moved(takes)
        entered, came = _once(put), _once(took)
        objects, a, b = np.intersect1d(
            put["object"][entered], took["object"][came], assume_unique=True, return_indices=True
        )
        into, out = entered[a], came[b]
        sides = []
        for histories, every, at in ((puts, put, into), (takes, took, out)):
            sizes = [int((history["object"] != SHORT).sum()) for history in histories]
            whose = np.repeat(np.arange(len(histories)), sizes)
            times = [every[edge][at].astype(np.int64) for edge in ("begin", "end")]
            sides.append((whose[at], at, *times, _calls(whose, every)[at]))
        return Moves(objects, *sides[0], *sides[1])


def _once(every: History) -> Any:
    """Indexes of the objects that are there once."""
    _, first, times = np.unique(every["object"], return_index=True, return_counts=True)
    return first[times == 1]


def _calls(whose: Any, every: History) -> Any:
    """A number for each record: the same for neighbours that one call has moved."""
    if not len(every):
        return np.empty(0, int)
    other = np.ones(len(every), bool)
    other[1:] = (
        (whose[1:] != whose[:-1])
        | (every["begin"][1:] != every["begin"][:-1])
        | (every["end"][1:] != every["end"][:-1])
    )
    return np.cumsum(other)
