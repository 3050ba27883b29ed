# SPDX-License-Identifier: BSD-3-Clause
"""Instructions that follow one another, after each of which a death has the same outcome."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Callable

# A line of DPDK's source: "rte_ring_elem_pvt.h:132", or CALL.
SourceLine = str

# What is in no header of DPDK: the function itself, and what is not inlined.
CALL = "the call"

# What a peer found at one instruction, and where an instruction is, as it says both.
Death = dict[str, Any]
Address = dict[str, Any]

LineOf = Callable[[Address], SourceLine]


@dataclass(frozen=True)
class Range:
    """Instructions after which a death has the same outcome: from `first` to `last` of them executed.

    outcome: words.  source: lines of DPDK's headers in which the instructions are that come next.
    """

    first: int
    last: int
    outcome: str
    source: str


def fold(deaths: list[Death], say: Callable[[Death], str], line_of: LineOf) -> list[Range]:
    """Deaths in the order of their instructions, as ranges of which the same is said. The last death,
    when the operation was over, belongs to the last range."""
    ranges: list[Range] = []
    for said, alike in itertools.groupby(deaths, say):
        its = list(alike)
        sources = [line_of(death["at"]) for death in its if death["at"]]
        ranges.append(Range(its[0]["executed"], its[-1]["executed"], said, lines(sources)))
    return ranges


def lines(sources: list[SourceLine]) -> str:
    """Lines as one text: "rte_ring_elem_pvt.h:17-25, rte_ring_generic_pvt.h:80"."""
    by_file: dict[str, list[int]] = {}
    for source in sources:
        file, _, line = source.partition(":")
        by_file.setdefault(file, []).append(int(line or 0))
    parts = []
    for file, numbers in by_file.items():
        low, high = min(numbers), max(numbers)
        parts.append(f"{file}:{low}" + (f"-{high}" if high > low else "") if high else file)
    return ", ".join(parts)
