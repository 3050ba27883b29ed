# SPDX-License-Identifier: BSD-3-Clause
"""The table: what breaks where a process is killed, in ranges; one is published for each release."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Iterable

from conformance.verdicts.published import Published, TableError

HERE = Path(__file__).parent

Key = tuple[str, str, str]

# Between what one time and what another time was measured, where two threads of the victim race.
OR = " OR "

NO_EFFECT = "no effect"


@dataclass(frozen=True)
class Row:
    """The result of a point. `key` and `occurrence` are the same on every machine (see walk.Point).

    effects: "item: words; item: words", "" if there are none; None if it did not bite.
    """

    key: Key
    occurrence: int
    effects: str | None
    point: str = ""


@dataclass
class Range:
    """Calls of one thread that follow one another and have the same effects.

    calls: their words, each once, with the occurrences where not all of them are meant:
    "rte_mp_reply: sendmsg(...) #2-3".  points: how many there were on the machine that published it.
    """

    activity: str
    thread: str
    effects: str
    calls: list[str] = field(default_factory=list)
    points: int = 0

    def key_of(self, call: str) -> Key:
        """What is meant by one of the calls, without its occurrences."""
        numbered = _NUMBERED.match(call)
        return self.activity, self.thread, numbered[1] if numbered else call

    def only(self, keys: set[Key]) -> Range:
        """The range with no other calls than these."""
        return replace(self, calls=[call for call in self.calls if self.key_of(call) in keys])


def words(found: dict[str, str] | None) -> str | None:
    """A finding as text."""
    return None if found is None else "; ".join(f"{k}: {v}" for k, v in sorted(found.items()))


def fold(rows: Iterable[Row]) -> list[Range]:
    """Rows in the order of their points, as ranges. Those that did not bite are left out."""
    bitten = [row for row in rows if row.effects is not None]
    effects: dict[Key, set[str | None]] = {}
    for row in bitten:
        effects.setdefault(row.key, set()).add(row.effects)
    ranges: list[Range] = []
    told: set[Key] = set()
    for row in bitten:
        activity, thread, call = row.key
        last = ranges[-1] if ranges else None
        if last is None or (last.activity, last.thread, last.effects) != (
            activity,
            thread,
            row.effects,
        ):
            last = Range(activity, thread, row.effects or "")
            ranges.append(last)
        last.points += 1
        if len(effects[row.key]) > 1:
            last.calls.append(f"{call} #{row.occurrence}")
        elif row.key not in told:
            told.add(row.key)
            last.calls.append(call)
    return _told_once(ranges)


def _told_once(ranges: list[Range]) -> list[Range]:
    """Without ranges of calls that have all been told before: their points count there."""
    kept: list[Range] = []
    for one in ranges:
        one.calls = _joined(one.calls)
        if one.calls:
            kept.append(one)
            continue
        same = [
            r
            for r in kept
            if (r.activity, r.thread, r.effects) == (one.activity, one.thread, one.effects)
        ]
        same[-1].points += one.points
    return kept


_NUMBERED = re.compile(r"^(.*) #(\d+)(?:-(\d+))?$")


def _joined(calls: list[str]) -> list[str]:
    """ "x #1", "x #2" as "x #1-2"."""
    found: dict[str, list[int]] = {}
    for call in calls:
        numbered = _NUMBERED.match(call)
        name, number = (numbered[1], int(numbered[2])) if numbered else (call, 0)
        found.setdefault(name, []).append(number)
    lines = []
    for name, numbers in found.items():
        if 0 in numbers:
            lines.append(name)
            continue
        while numbers:
            first = last = numbers.pop(0)
            while numbers and numbers[0] == last + 1:
                last = numbers.pop(0)
            lines.append(f"{name} #{first}" if first == last else f"{name} #{first}-{last}")
    return lines


class Table:
    """The published results of a release and a kind of fault."""

    def __init__(self, ranges: list[Range]) -> None:
        self.ranges = ranges
        self._all: dict[Key, str] = {}
        self._some: dict[tuple[Key, int], str] = {}
        for one in ranges:
            for call in one.calls:
                numbered = _NUMBERED.match(call)
                if numbered is None:
                    self._all[(one.activity, one.thread, call)] = one.effects
                    continue
                key = (one.activity, one.thread, numbered[1])
                for n in range(int(numbered[2]), int(numbered[3] or numbered[2]) + 1):
                    self._some[(key, n)] = one.effects

    @property
    def keys(self) -> set[Key]:
        """The calls of which something is said."""
        return {*self._all, *(key for key, _ in self._some)}

    def said_of(self, key: Key) -> tuple[str | None, dict[int, str]]:
        """The effects of a call, whatever its occurrence, and those of single occurrences."""
        some = {n: effects for (its, n), effects in self._some.items() if its == key}
        return self._all.get(key), some

    def effects(self, key: Key, occurrence: int) -> str | None:
        """The published effects of a point, None if there are none."""
        some = self._some.get((key, occurrence))
        return some if some is not None else self._all.get(key)

    def difference(self, row: Row) -> str | None:
        """The difference of a row to the published one. A call that no other machine has made, and
        that has no effect, is no difference."""
        if row.effects is None:
            return None
        known = self.effects(row.key, row.occurrence)
        if known is None:
            return f"not published: {row.effects}" if row.effects else None
        if row.effects in known.split(OR):
            return None
        return f"published: {known or NO_EFFECT}; now: {row.effects or NO_EFFECT}"

    def beside(self, row: Row) -> Row:
        """A row with what is published of its point as well, where the two differ."""
        known = self.effects(row.key, row.occurrence)
        if known is None:
            return row
        seen = set(known.split(OR)) | ({row.effects} if row.effects is not None else set())
        return replace(row, effects=OR.join(sorted(seen)))


def parse(raw: dict[str, Any]) -> Table:
    """The table in what a file holds."""
    wanted = {"activity", "thread", "effects", "calls", "points"}
    ranges = []
    for entry in raw.get("range", []):
        if set(entry) != wanted:
            raise TableError(f"a range has the keys {sorted(wanted)}: {entry}")
        ranges.append(Range(**entry))
    return Table(ranges)


def text_of(ranges: list[Range], release: tuple[int, ...], what: str) -> str:
    """A table as TOML. what: the fault."""
    lines = [
        f"# {what}, DPDK {'.'.join(map(str, release))}: its effects on the others. Made by "
        "`ci/crash --publish`; measured,",
        "# not promised. A range is calls of one thread that follow one another; see README.",
    ]
    for one in ranges:
        lines += [
            "",
            "[[range]]",
            f"activity = {json.dumps(one.activity)}",
            f"thread = {json.dumps(one.thread)}",
            f"effects = {json.dumps(one.effects)}",
            f"points = {one.points}",
            "calls = [",
            *[f"    {json.dumps(call)}," for call in one.calls],
            "]",
        ]
    return "\n".join(lines) + "\n"


def _says(other: Table, table: Table, key: Key) -> bool:
    """Whether another table says of a call what a table says of it."""
    effects, some = table.said_of(key)
    known, known_some = other.said_of(key)
    if effects is None:
        return all(_among(its, other.effects(key, n)) for n, its in some.items())
    everywhere = list(known_some.values()) if known is None else [known]
    return bool(everywhere) and all(_among(effects, each) for each in everywhere)


def _among(effects: str, known: str | None) -> bool:
    return known is not None and set(effects.split(OR)) <= set(known.split(OR))


def less(table: Table, other: Table) -> Table:
    """The calls of a table, all occurrences of each, of which another table does not say the same. Where
    that one has two effects because threads race, either is the same."""
    kept = {key for key in table.keys if not _says(other, table, key)}
    return Table([found for one in table.ranges if (found := one.only(kept)).calls])


def over(table: Table, other: Table) -> Table:
    """The calls of a table, and those of another one that it does not have."""
    rest = other.keys - table.keys
    return Table([*table.ranges, *(one for r in other.ranges if (one := r.only(rest)).calls)])


def _published(kind: str, command: str, what: str) -> Published[Table]:
    return Published(
        HERE,
        command,
        parse,
        lambda table, release: text_of(table.ranges, release, what),
        less,
        over,
        kind,
    )


# By the kind of fault, as faults/steps.py calls it.
TABLES = {
    "kill": _published("", "ci/crash --publish", "Killed at the entry of a system call"),
    "fail": _published("fail", "ci/crash --fail --publish", "A system call fails"),
}


def show(ranges: list[Range]) -> str:
    """For people: killed here, this is what breaks."""
    lines: list[str] = []
    activity = ""
    for one in ranges:
        if one.activity != activity:
            activity = one.activity
            lines += ["", activity]
        first, last = one.calls[0], one.calls[-1]
        span = first if first == last else f"{first}  ...  {last}"
        lines.append(f"  {one.points:5} {one.thread}: {span}")
        lines += [
            f"        -> {effect}"
            for effect in (one.effects or NO_EFFECT).replace(OR, "; OR ").split("; ")
        ]
    return "\n".join(lines[1:])


def as_json(ranges: list[Range]) -> list[dict[str, Any]]:
    """For machines."""
    return [vars(one) for one in ranges]
