# SPDX-License-Identifier: BSD-3-Clause
"""Recorded breaches: which clause is broken, how, by which releases. Data, one file for all releases."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar, TypeVar

RECORD = Path(__file__).parent.parent / "expected" / "record.toml"

_RELEASE = re.compile(r"\d+\.\d+(\.\d+)?")

Release = tuple[int, ...]


class ExpectedError(Exception):
    """A record that says something that cannot be meant."""


def numbers(release: str) -> Release:
    """(22, 11, 3) of "22.11.3"."""
    return tuple(map(int, release.split(".")))


def is_stable(release: Release) -> bool:
    """Whether it is a stable release of a series: before 16.04, a third number does not say so."""
    return len(release) == 3 and release > (16, 4)


def reached(release: Release, points: tuple[str, ...]) -> Release | None:
    """The last of these releases that a release has what came with; None where it has nothing of it.

    What came with "26.07" all have from then on, what came with the stable release "24.11.7" only those
    of its own series.
    """

    def has(point: Release) -> bool:
        return release >= point and (not is_stable(point) or release[:2] == point[:2])

    return max(filter(has, map(numbers, points)), default=None)


@dataclass(frozen=True)
class Entry:
    """What is known of a defect.

    since: the releases that brought it, stable ones included.  fixed: those that mended it, too.
    seen: the exact releases on which just this was seen.  upstream: the commit or report that fixed or
    names it, "none" if there is none.
    """

    since: tuple[str, ...]
    seen: tuple[str, ...]
    upstream: str
    why: str
    fixed: tuple[str, ...] = ()

    def predicted_for(self, release: Release) -> bool:
        """Whether a release has the defect, by what is known."""
        return bool(reached(release, self.since)) and not reached(release, self.fixed)

    @property
    def history(self) -> str:
        """What a reader is told of it, on one line."""
        fixed = f"; fixed in {', '.join(self.fixed)}" if self.fixed else ""
        return f"since {', '.join(self.since)}{fixed}; upstream: {self.upstream}"

    def seen_on(self, release: Release) -> bool:
        """Whether just this was seen on a release."""
        return release in map(numbers, self.seen)


@dataclass(frozen=True, kw_only=True)
class Breach(Entry):
    """How releases break one clause.

    clause: node id, parameters included, never a wildcard (in the file, `cases` may list the
    parameters of several that break alike).  observed: what is seen instead, exactly
    (a value, "hang: ...", "<peer> died: SIGSEGV").  port: the kind of port on which alone this is seen,
    or vendor and device of a NIC ("8086:10c9"); "" where the port does not matter.
    """

    KEYS: ClassVar = ("clause", "port", "observed", "since", "fixed", "seen", "upstream", "why")

    clause: str
    observed: str
    port: str = ""


@dataclass(frozen=True, kw_only=True)
class Report(Entry):
    """A report of a sanitizer, whichever clause is run.

    report: its words (targets/sanitizer.py).  clause: a node id that shows it.
    """

    KEYS: ClassVar = ("report", "clause", "since", "fixed", "seen", "upstream", "why")

    report: str
    clause: str


AnEntry = TypeVar("AnEntry", Breach, Report)

_OPTIONAL = ("fixed", "port")


def _entry(kind: type[AnEntry], where: str, raw: dict[str, Any]) -> AnEntry:
    unknown = sorted(set(raw) - set(kind.KEYS))
    if unknown:
        raise ExpectedError(f"{where}: unknown key {unknown[0]}")
    missing = [key for key in kind.KEYS if key not in raw and key not in _OPTIONAL]
    if missing:
        raise ExpectedError(f"{where}: needs {missing[0]}")
    told = dict(raw)
    for key in ("since", "fixed", "seen"):
        releases = raw.get(key, [])
        releases = (releases,) if isinstance(releases, str) else tuple(releases)
        for release in releases:
            if not _RELEASE.fullmatch(release):
                raise ExpectedError(f"{where}: {key}: {release!r} is no release like 22.11.3")
        told[key] = releases
    return kind(**told)


def _breaches(file: str, raw: dict[str, Any]) -> list[Breach]:
    """One breach, or one for each of `cases`: the parameters of a clause that break alike."""
    told = dict(raw)
    cases = told.pop("cases", None)
    where = f"{file}: {raw.get('clause', 'an entry without a clause')}"
    one = _entry(Breach, where, told)
    if "*" in one.clause.partition("[")[0] or "::" not in one.clause:
        raise ExpectedError(f"{where}: clause must be one node id, without wildcards")
    if cases is None:
        return [one]
    if not isinstance(cases, list) or not cases or "[" in one.clause:
        raise ExpectedError(f"{where}: cases must be a list of the clause's parameters")
    return [replace(one, clause=f"{one.clause}[{case}]") for case in cases]


@dataclass(frozen=True)
class Record:
    """All that is recorded. head: the comment that the file begins with."""

    head: str
    breaches: tuple[Breach, ...]
    reports: tuple[Report, ...]

    @classmethod
    def read(cls, path: Path = RECORD) -> Record:
        """The record of a file; ExpectedError, in one line, with the file's name."""
        text = path.read_text(encoding="utf-8")
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ExpectedError(f"{path.name}: {error}") from error
        unknown = sorted(set(raw) - {"breach", "report"})
        if unknown:
            raise ExpectedError(
                f"{path.name}: unknown table {unknown[0]}; there are breach and report"
            )
        breaches = [one for each in raw.get("breach", []) for one in _breaches(path.name, each)]
        reports = [
            _entry(Report, f"{path.name}: {each.get('report', 'a report')}", each)
            for each in raw.get("report", [])
        ]
        record = cls(text.partition("[[")[0], tuple(breaches), tuple(reports))
        record._check(path.name)
        return record

    def _check(self, file: str) -> None:
        """One release sees one thing."""
        seen: set[tuple[str, str]] = set()
        for name, entry in [
            *((f"{breach.clause} {breach.port}".rstrip(), breach) for breach in self.breaches),
            *((report.report, report) for report in self.reports),
        ]:
            for release in entry.seen:
                if (name, release) in seen:
                    raise ExpectedError(f"{file}: {name} is recorded twice for {release}")
                seen.add((name, release))

    @property
    def releases(self) -> set[Release]:
        """Those that anybody has run."""
        return {numbers(release) for breach in self.breaches for release in breach.seen}

    def by_clause(self, *port: str) -> dict[str, list[Breach]]:
        """All that was observed of each clause on a port of these names, by node id."""
        found: dict[str, list[Breach]] = {}
        for breach in self.breaches:
            if breach.port in ("", *port):
                found.setdefault(breach.clause, []).append(breach)
        return found

    def of(self, release: Release, *port: str) -> dict[str, Breach]:
        """The breach that is expected on a release and a port of these names, by node id: what was seen
        on it, else what is predicted from the others."""
        expected = {
            name: _expected(found, release) for name, found in self.by_clause(*port).items()
        }
        return {name: breach for name, breach in expected.items() if breach is not None}

    def text(self) -> str:
        """The file."""
        reports = [_written("report", [report]) for report in self.reports]
        return self.head + "\n".join([written(self.breaches), *reports])


def written(breaches: Iterable[Breach]) -> str:
    """Breaches as the file has them: those that differ in the parameters only are one entry."""
    alike = groupby(breaches, key=_without_parameters)
    return "\n".join(_written("breach", list(group)) for _, group in alike)


def _expected(breaches: list[Breach], release: Release) -> Breach | None:
    """Of several observations of one clause, the one that counts for a release: the one that was seen on
    it; else, of those that are predicted, the one that came last, seen on the nearest release."""
    for breach in breaches:
        if breach.seen_on(release):
            return breach
    predicted = [breach for breach in breaches if breach.predicted_for(release)]

    def rank(breach: Breach) -> tuple[Release, Release, Release]:
        before = [seen for seen in map(numbers, breach.seen) if seen <= release]
        # Where it was seen on none before: on the first one after.
        after = tuple(-part for part in min(map(numbers, breach.seen), default=()))
        return reached(release, breach.since) or (), max(before, default=()), after

    return max(predicted, key=rank) if predicted else None


def _without_parameters(breach: Breach) -> tuple[Any, ...]:
    told = {**asdict(breach), "clause": breach.clause.partition("[")[0]}
    return ("[" in breach.clause, *told.values())


def _written(table: str, alike: list[AnEntry]) -> str:
    """An entry of the file: breaches of one clause that differ in its parameters only, or a report."""
    one = alike[0]
    lines: list[str] = [f"[[{table}]]"]
    for key in one.KEYS:
        value = getattr(one, key)
        if key == "clause" and len(alike) > 1:
            cases = [each.clause.partition("[")[2].removesuffix("]") for each in alike]
            lines += [
                f"clause = {_value(one.clause.partition('[')[0])}",
                f"cases = {_value(cases)}",
            ]
        elif key == "since" and len(value) == 1:
            lines.append(f"since = {_value(value[0])}")
        elif value or key not in _OPTIONAL:
            lines.append(f"{key} = {_value(value)}")
    return "\n".join([*lines, ""])


def _value(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    on_one_line = f"[{', '.join(map(_value, value))}]"
    if len(on_one_line) <= 88:
        return on_one_line
    return "\n".join(["[", *(f"    {_value(each)}," for each in value), "]"])


def has_record(release: Release, path: Path = RECORD) -> bool:
    """Whether anybody has recorded how this very release breaks the contract."""
    return release in Record.read(path).releases


def load(release: Release, path: Path = RECORD) -> dict[str, Breach]:
    """The breaches that are expected on a release (year, month, minor), by node id."""
    return Record.read(path).of(release)


def load_reports(release: Release, path: Path = RECORD) -> dict[str, Report]:
    """The sanitizers' reports that are expected on a release, by their words."""
    reports = Record.read(path).reports
    return {r.report: r for r in reports if r.seen_on(release) or r.predicted_for(release)}
