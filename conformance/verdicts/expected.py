# SPDX-License-Identifier: BSD-3-Clause
"""Recorded breaches: which clause a release breaks, and how. Data, one file a release series."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent.parent / "expected"

_RELEASE = re.compile(r"\d\d\.\d\d(\.\d+)?")


class ExpectedError(Exception):
    """An expected/*.toml file that says something that cannot be meant."""


@dataclass(frozen=True)
class Breach:
    """How a release breaks one clause.

    clause: node id, parameters included, never a wildcard (in the file, `cases` may list the
    parameters of several that break alike).  observed: what is seen instead, exactly
    (a value, "hang: ...", "<peer> died: SIGSEGV").  since: the release that brought it.  upstream:
    the commit or report that fixed or names it, "none" if there is none.  from_, until: the first and
    last point release of this series that break so ("" for all).
    """

    clause: str
    observed: str
    since: str
    upstream: str
    why: str
    from_: str = ""
    until: str = ""

    def holds_for(self, release: tuple[int, ...]) -> bool:
        """Whether it is recorded for this point release."""
        after = not self.from_ or release >= _numbers(self.from_)
        return after and (not self.until or release <= _numbers(self.until))


@dataclass(frozen=True)
class Report:
    """A report of a sanitizer on a release, whichever clause is run.

    report: its words (targets/sanitizer.py).  clause: a node id that shows it.
    """

    report: str
    clause: str
    since: str
    upstream: str
    why: str


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def _breach(path: Path, raw: dict[str, Any]) -> Breach:
    entry = {("from_" if key == "from" else key): value for key, value in raw.items()}
    known = {field.name for field in fields(Breach)}
    where = f"{path.name}: {raw.get('clause', 'an entry without a clause')}"
    if set(entry) - known:
        raise ExpectedError(f"{where}: unknown key {sorted(set(entry) - known)[0]}")
    missing = {"clause", "observed", "since", "upstream", "why"} - set(entry)
    if missing:
        raise ExpectedError(f"{where}: needs {sorted(missing)[0]}")
    if "*" in entry["clause"].partition("[")[0] or "::" not in entry["clause"]:
        raise ExpectedError(f"{where}: clause must be one node id, without wildcards")
    for key in ("from_", "until"):
        if entry.get(key) and not _RELEASE.fullmatch(entry[key]):
            raise ExpectedError(f"{where}: {key.rstrip('_')} must be a release like 22.11.3")
    return Breach(**entry)


def _breaches(path: Path, raw: dict[str, Any]) -> list[Breach]:
    """One breach, or one for each of `cases`: the parameters of a clause that break alike."""
    entry = dict(raw)
    cases = entry.pop("cases", None)
    one = _breach(path, entry)
    if cases is None:
        return [one]
    if not isinstance(cases, list) or not cases or "[" in one.clause:
        raise ExpectedError(
            f"{path.name}: {one.clause}: cases must be a list of the clause's parameters"
        )
    return [replace(one, clause=f"{one.clause}[{case}]") for case in cases]


def path_of(release: tuple[int, ...], folder: Path = HERE) -> Path:
    """The file of a release's series."""
    return folder / f"{release[0]:02d}.{release[1]:02d}.toml"


def has_record(release: tuple[int, ...], folder: Path = HERE) -> bool:
    """Whether anybody has recorded how this release breaks the contract."""
    return path_of(release, folder).exists()


def _read(release: tuple[int, ...], folder: Path) -> tuple[Path, dict[str, Any]]:
    path = path_of(release, folder)
    if not path.exists():
        return path, {}
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ExpectedError(f"{path.name}: {error}") from error


def load(release: tuple[int, ...], folder: Path = HERE) -> dict[str, Breach]:
    """The breaches recorded for a release (year, month, minor), by node id."""
    path, raw = _read(release, folder)
    unknown = sorted(set(raw) - {"breach", "report"})
    if unknown:
        raise ExpectedError(f"{path.name}: unknown table {unknown[0]}; there are breach and report")
    breaches: dict[str, Breach] = {}
    for entry in raw.get("breach", []):
        for breach in _breaches(path, entry):
            if not breach.holds_for(release):
                continue
            if breach.clause in breaches:
                raise ExpectedError(f"{path.name}: {breach.clause} is recorded twice")
            breaches[breach.clause] = breach
    return breaches


def load_reports(release: tuple[int, ...], folder: Path = HERE) -> dict[str, Report]:
    """The recorded reports of sanitizers on a release, by their words."""
    path, raw = _read(release, folder)
    reports: dict[str, Report] = {}
    wanted = {field.name for field in fields(Report)}
    for entry in raw.get("report", []):
        if set(entry) != wanted:
            raise ExpectedError(
                f"{path.name}: {entry.get('report', 'a report')}: its keys are {sorted(wanted)}"
            )
        if entry["report"] in reports:
            raise ExpectedError(f"{path.name}: {entry['report']} is recorded twice")
        reports[entry["report"]] = Report(**entry)
    return reports
