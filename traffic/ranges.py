# SPDX-License-Identifier: BSD-3-Clause
"""Folds numbers into ranges that a person can read: "flow 0 seq 416..447"."""
from __future__ import annotations

from typing import Iterable

from traffic.arrival import Number

_SHOWN = 8


def fold(numbers: Iterable[Number]) -> str:
    """Return (flow, seq) pairs as ranges, sorted, each pair once; "none" for none.

    After 8 ranges it only says how many more, so that the line stays a line.
    """
    ranges: list[tuple[int, int, int]] = []
    for flow, seq in sorted(set(numbers)):
        if ranges and ranges[-1][0] == flow and ranges[-1][2] == seq - 1:
            ranges[-1] = (flow, ranges[-1][1], seq)
        else:
            ranges.append((flow, seq, seq))
    if not ranges:
        return "none"
    text = ", ".join(_range(*found) for found in ranges[:_SHOWN])
    hidden = len(ranges) - _SHOWN
    return f"{text}, and {hidden} more ranges" if hidden > 0 else text


def _range(flow: int, first: int, last: int) -> str:
    return f"flow {flow} seq {first}" if first == last else f"flow {flow} seq {first}..{last}"
