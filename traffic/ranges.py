# SPDX-License-Identifier: BSD-3-Clause
"""Folds numbers into ranges that a person can read: "flow 0 seq 416..447"."""
from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Iterable, Iterator, NamedTuple, Sequence, overload

from traffic.arrival import Number

_SHOWN = 8


class Range(NamedTuple):
    """Numbers in a row, of one flow: first..last."""

    flow: int
    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return f"flow {self.flow} seq {self.first}"
        return f"flow {self.flow} seq {self.first}..{self.last}"


@dataclass(frozen=True)
class Ranges(Sequence[Number]):
    """Sorted numbers, kept as ranges: a million in a row take the room of one. See `ranges_of`."""

    ranges: tuple[Range, ...] = ()

    def __len__(self) -> int:
        return sum(last - first + 1 for _, first, last in self.ranges)

    def __iter__(self) -> Iterator[Number]:
        return chain.from_iterable(map(_numbers, self.ranges))

    @overload
    def __getitem__(self, at: int) -> Number:
        ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Number]:
        ...

    def __getitem__(self, at: int | slice) -> Number | Sequence[Number]:
        return tuple(self)[at]


def ranges_of(spans: Iterable[tuple[int, int, int]]) -> Ranges:
    """Return the numbers of (flow, first, last) in whatever order; a number may be in many of them."""
    found = sorted(Range(*span) for span in spans)
    if any(one.flow == two.flow and one.last >= two.first for one, two in zip(found, found[1:])):
        numbers = sorted(chain.from_iterable(map(_numbers, found)))
        found = [Range(flow, seq, seq) for flow, seq in numbers]
    return Ranges(tuple(found))


def fold(numbers: Iterable[Number]) -> str:
    """Return (flow, seq) pairs as ranges, sorted, each pair once; "none" for none.

    After 8 ranges it only says how many more, so that the line stays a line.
    """
    ranges: list[Range] = []
    for flow, first, last in _sorted(numbers):
        if ranges and ranges[-1].flow == flow and ranges[-1].last + 1 >= first:
            ranges[-1] = Range(flow, ranges[-1].first, last)
        else:
            ranges.append(Range(flow, first, last))
    if not ranges:
        return "none"
    text = ", ".join(map(str, ranges[:_SHOWN]))
    hidden = len(ranges) - _SHOWN
    return f"{text}, and {hidden} more ranges" if hidden > 0 else text


def _sorted(numbers: Iterable[Number]) -> Iterable[Range]:
    if isinstance(numbers, Ranges):
        return numbers.ranges
    return [Range(flow, seq, seq) for flow, seq in sorted(set(numbers))]


def _numbers(of: Range) -> Iterator[Number]:
    return ((of.flow, seq) for seq in range(of.first, of.last + 1))
