# SPDX-License-Identifier: BSD-3-Clause
"""The state of a ring after a process was killed inside an operation, for each instruction, as a table.

Pure: it is given what the peer's verb "ring_deaths" answered, and where each instruction comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator

MODES = {
    "SP-SC": ["RING_F_SP_ENQ", "RING_F_SC_DEQ"],
    "MP-MC": [],
    "RTS": ["RING_F_MP_RTS_ENQ", "RING_F_MC_RTS_DEQ"],
    "HTS": ["RING_F_MP_HTS_ENQ", "RING_F_MC_HTS_DEQ"],
}
# Only these have start and finish apart (guide, "Ring Peek API").
PEEK = ("SP-SC", "HTS")

COUNT = 64  # of slots; one stays free
BURSTS = (1, 8, 32)

# Where the ring starts, and how many objects are in it, before the operation.
STANDINGS = {
    "enqueue": {"empty": (0, 0), "wrapping": (59, 2), "nearly full": (0, COUNT - 1 - 4)},
    "dequeue": {"full": (0, COUNT - 1), "wrapping": (59, 40), "nearly empty": (0, 4)},
}

# A place in DPDK's source, or in the peer's own for what is not inlined: "rte_ring_elem_pvt.h:132".
Place = str

# What is in no header of the ring: the function itself, and what is not inlined.
CALL = "the call"


@dataclass(frozen=True)
class Walk:
    """An operation on a ring, with a death at each of its instructions."""

    mode: str
    operation: str
    n: int
    standing: str

    def __str__(self) -> str:
        return f"{self.mode} {self.operation} of {self.n}, {self.standing}"

    @property
    def side(self) -> str:
        """enqueue or dequeue."""
        return self.operation.partition("_")[0]

    @property
    def keys(self) -> dict[str, Any]:
        """The keys of the verb ring_deaths; its ring is named after the mode."""
        start, held = STANDINGS[self.side][self.standing]
        return {
            "name": self.mode,
            "operation": self.operation,
            "n": self.n,
            "start": start,
            "held": held,
        }

    @property
    def moves(self) -> int:
        """The number of objects that the operation moves when nobody dies."""
        held: int = STANDINGS[self.side][self.standing][1]
        room = held if self.side == "dequeue" else COUNT - 1 - held
        if self.operation.endswith("_bulk"):
            return self.n if self.n <= room else 0
        return min(self.n, room)


def walks(mode: str, operation: str) -> Iterator[Walk]:
    """All bursts and standings of one operation."""
    for n in BURSTS:
        for standing in STANDINGS[operation.partition("_")[0]]:
            yield Walk(mode, operation, n, standing)


def operations() -> Iterator[tuple[str, str]]:
    """(mode, operation) of the whole table."""
    for mode in MODES:
        for side in STANDINGS:
            for api in ("bulk", "burst", *(["peek"] if mode in PEEK else [])):
                yield mode, f"{side}_{api}"


@dataclass(frozen=True)
class Range:
    """Instructions after which a death has the same outcome: from `first` to `last` of them executed.

    outcome: words.  source: lines of DPDK's headers in which the instructions are that come next.
    """

    first: int
    last: int
    outcome: str
    source: str


def outcome(walk: Walk, death: dict[str, Any], place: Callable[[dict[str, Any]], Place]) -> str:
    """The findings of the survivors after a death, in words. Equal words are the same outcome."""
    moves = walk.moves
    words = []
    for who in ("producers", "consumers"):
        if death[f"{who}_hang"]:
            words.append(f"{who} hang in {_spinning(map(place, death[f'{who}_hang']))}")
    hung = bool(words)
    if hung and death["accepted"]:
        words.append(f"{death['accepted']} more are accepted")
    if death["stale"]:
        words.append(f"{death['stale']} stale objects come out")
    if death["doubled"]:
        words.append(f"{death['doubled']} come out twice")
    if death["lost"]:
        words.append(f"{death['lost']} never come out")
    if walk.side == "enqueue" and (death["victims"] or hung or death["stale"]):
        words.append(f"{death['victims']} of its {moves} come out")
    if walk.side == "dequeue" and death["victims"]:
        words.append(f"{death['victims']} are gone with it")
    clean = not (hung or death["stale"] or death["doubled"] or death["lost"])
    if clean and death["victims"] == moves:
        return "as if it had died after the operation" if moves else "nothing is changed"
    if clean and not death["victims"]:
        return "as if it had died before the operation"
    return "; ".join(words)


def _spinning(places: Iterable[Place]) -> str:
    """The file in which the loop is: of a few looks at it, some may meet what it calls."""
    files = sorted({place.partition(":")[0] for place in places} - {CALL})
    return ", ".join(files) or CALL


def lines(places: list[Place]) -> str:
    """Places as one text: "rte_ring_elem_pvt.h:17-25, rte_ring_generic_pvt.h:80"."""
    by_file: dict[str, list[int]] = {}
    for place in places:
        file, _, line = place.partition(":")
        by_file.setdefault(file, []).append(int(line or 0))
    parts = []
    for file, numbers in by_file.items():
        low, high = min(numbers), max(numbers)
        parts.append(f"{file}:{low}" + (f"-{high}" if high > low else "") if high else file)
    return ", ".join(parts)


def fold(
    walk: Walk, deaths: list[dict[str, Any]], place: Callable[[dict[str, Any]], Place]
) -> list[Range]:
    """Deaths inside one walk, as ranges of the same outcome."""
    return fold_by(deaths, lambda death: outcome(walk, death, place), place)


def fold_by(
    deaths: list[dict[str, Any]],
    say: Callable[[dict[str, Any]], str],
    place: Callable[[dict[str, Any]], Place],
) -> list[Range]:
    """Deaths in the order of their instructions, as ranges of which the same is said. The last death,
    when the operation was over, belongs to the last range."""
    ranges: list[Range] = []
    sources: list[Place] = []
    for death in deaths:
        said = say(death)
        if not ranges or ranges[-1].outcome != said:
            ranges.append(Range(death["executed"], death["executed"], said, ""))
            sources = []
        if death["at"]:
            sources.append(place(death["at"]))
        ranges[-1] = Range(ranges[-1].first, death["executed"], said, lines(sources))
    return ranges
