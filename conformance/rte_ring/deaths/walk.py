# SPDX-License-Identifier: BSD-3-Clause
"""The ring operations that a process dies in, and each death in words: what the survivors find.

Pure: it is given what the peer's verb "ring_deaths" answered, and where each instruction comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Iterator

from conformance.deaths import table
from conformance.deaths.range import CALL, Death, LineOf, SourceLine

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
START_STATES = {
    "enqueue": {"empty": (0, 0), "wrapping": (59, 2), "nearly full": (0, COUNT - 1 - 4)},
    "dequeue": {"full": (0, COUNT - 1), "wrapping": (59, 40), "nearly empty": (0, 4)},
}

HERE = Path(__file__).parent

HEAD = """\
# What a process that is killed inside one ring operation leaves to the others, DPDK {series}: measured.
# "first-last: outcome @ source": killed after so many instructions, and where the next ones come from.
# Numbers of instructions are those of this compiler; what comes after what is not. By {made_by}.
"""

TABLE = table.published(HERE, "ci/rings walks --publish", HEAD)


@dataclass(frozen=True)
class Walk:
    """One operation on one ring, to be died in at each of its instructions."""

    mode: str
    operation: str
    n: int
    start_state: str

    def __str__(self) -> str:
        return f"{self.mode} {self.operation} of {self.n}, {self.start_state}"

    @property
    def side(self) -> str:
        """enqueue or dequeue."""
        return self.operation.partition("_")[0]

    @property
    def keys(self) -> dict[str, Any]:
        """Of the verb ring_deaths; its ring is named after the mode."""
        start, held = START_STATES[self.side][self.start_state]
        return {
            "name": self.mode,
            "operation": self.operation,
            "n": self.n,
            "start": start,
            "held": held,
        }

    @property
    def moves(self) -> int:
        """How many objects the operation moves when nobody dies."""
        held: int = START_STATES[self.side][self.start_state][1]
        room = held if self.side == "dequeue" else COUNT - 1 - held
        if self.operation.endswith("_bulk"):
            return self.n if self.n <= room else 0
        return min(self.n, room)

    def outcome(self, death: Death, line_of: LineOf) -> str:
        """One death in words: what the survivors find. The same words are the same outcome."""
        moves = self.moves
        words = []
        for who in ("producers", "consumers"):
            if death[f"{who}_hang"]:
                words.append(f"{who} hang in {_spinning(map(line_of, death[f'{who}_hang']))}")
        hung = bool(words)
        if hung and death["accepted"]:
            words.append(f"{death['accepted']} more are accepted")
        if death["stale"]:
            words.append(f"{death['stale']} stale objects come out")
        if death["doubled"]:
            words.append(f"{death['doubled']} come out twice")
        if death["lost"]:
            words.append(f"{death['lost']} never come out")
        if self.side == "enqueue" and (death["victims"] or hung or death["stale"]):
            words.append(f"{death['victims']} of its {moves} come out")
        if self.side == "dequeue" and death["victims"]:
            words.append(f"{death['victims']} are gone with it")
        clean = not (hung or death["stale"] or death["doubled"] or death["lost"])
        if clean and death["victims"] == moves:
            return "as if it had died after the operation" if moves else "nothing is changed"
        if clean and not death["victims"]:
            return "as if it had died before the operation"
        return "; ".join(words)


def walks(mode: str, operation: str) -> Iterator[Walk]:
    """All bursts and start states of one operation."""
    for n in BURSTS:
        for start_state in START_STATES[operation.partition("_")[0]]:
            yield Walk(mode, operation, n, start_state)


def operations() -> Iterator[tuple[str, str]]:
    """(mode, operation) of the whole table."""
    for mode in MODES:
        for side in START_STATES:
            for api in ("bulk", "burst", *(["peek"] if mode in PEEK else [])):
                yield mode, f"{side}_{api}"


def _spinning(lines: Iterable[SourceLine]) -> str:
    """The file in which the loop is: of a few looks at it, some may meet what it calls."""
    files = sorted({line.partition(":")[0] for line in lines} - {CALL})
    return ", ".join(files) or CALL
