# SPDX-License-Identifier: BSD-3-Clause
"""The vocabulary of a report: kinds of case, signs, and the locks of the shared memory."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Signs that known.toml may name, by kind of case.
SIGNS: dict[str, frozenset[str]] = {
    "locks": frozenset(
        {
            "the heap is locked",
            "the memory zones are locked",
            "the pages are locked for writing",
            "the pages are locked for reading",
            "another lock is held",
            "no living holder",
            "a living holder",
            "a stopped holder",
        }
    ),
    "queue": frozenset(
        {
            "a sender is blocked",
            "the vdev scan is in the way",
            "the receiver is stopped",
            "the receiver's IPC thread is gone",
            "the receiver is busy",
        }
    ),
    "ipc thread gone": frozenset(
        {"its IPC thread is gone", "its descriptors are used up", "it has a tap"}
    ),
    "ipc thread spins": frozenset(
        {
            "the IPC thread spins",
            "the IPC thread asks again and again",
            "the IPC thread does something else",
        }
    ),
    "deadlock": frozenset(
        {
            "the interrupt thread waits for the IPC thread",
            "the IPC thread spins",
            "the IPC thread cancels an alarm",
            "threads wait for each other",
        }
    ),
    "ring": frozenset({"an operation is under way", "the operation may be a stopped process's"}),
    "request": frozenset(
        {"a thread spins in rte_mp_request_sync", "the IPC thread itself waits for a reply"}
    ),
    "mutex": frozenset({"its owner has ended", "the channel is closed"}),
    "outside": frozenset({"it spins"}),
    "stopped": frozenset({"a process is stopped"}),
    "start": frozenset({"the primary's rte_eal_init is not done"}),
    "primary dead": frozenset({"the primary is dead"}),
}
# Signs of the whole deployment, which count in every case.
EVERYWHERE = frozenset(
    {"a process has died", "a process is stopped", "a thread waits in an allocation"}
)


@dataclass(frozen=True)
class Sign:
    """key: of SIGNS or EVERYWHERE.  text: what was seen, in a sentence without its full stop."""

    key: str
    text: str


@dataclass(frozen=True)
class Section:
    """What known.toml calls a lock, and the functions inside which it is taken."""

    words: str
    inside: re.Pattern[str]
    library: re.Pattern[str]
    taken: bool


@cache
def sections() -> dict[str, Section]:
    """The locks of the shared memory by their kinds, in the order in which DPDK takes them."""
    table = tomllib.loads((HERE / "sections.toml").read_text(encoding="utf-8"))
    return {
        kind: Section(
            one["words"], re.compile(one["inside"]), re.compile(one["library"]), one["taken"]
        )
        for kind, one in table.items()
    }


@dataclass(frozen=True)
class Known:
    """An entry of known.toml."""

    case: str
    signs: frozenset[str]
    also: frozenset[str]
    never: frozenset[str]
    row: str
    means: str
    do: str

    @property
    def name(self) -> str:
        """The number that the track record has for it, "" if it has none."""
        found = re.search(r"\b([A-Z]+-\d+)\b", self.row)
        return found[1] if found else ""


@cache
def known() -> tuple[Known, ...]:
    """What is recognised, in the order in which it is tried."""
    table = tomllib.loads((HERE / "known.toml").read_text(encoding="utf-8"))["known"]
    return tuple(
        Known(
            one["case"],
            frozenset(one["signs"]),
            frozenset(one.get("also", ())),
            frozenset(one.get("never", ())),
            one["row"],
            one["means"],
            one["do"],
        )
        for one in table
    )


@dataclass(frozen=True)
class Verdict:
    """What a case is. missing: signs that would make it sure."""

    known: Known
    missing: frozenset[str]

    @property
    def sure(self) -> bool:
        """Nothing is missing."""
        return not self.missing


def recognise(case: str, keys: frozenset[str]) -> Verdict | None:
    """What is known of a case with these signs; None if nothing is."""
    for one in known():
        if one.case == case and one.signs <= keys and not one.never & keys:
            return Verdict(one, one.also - keys)
    return None
