# SPDX-License-Identifier: BSD-3-Clause
"""Proves what the track record and the recorded breaches say: all of it that needs no network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from ci.selection import selected
from conformance.verdicts import contract, expected
from conformance.verdicts.expected import Breach

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "conformance" / "TRACK_RECORD.md"
RELEASE = (22, 11, 11)
PORT = "net_tap"

_ROW = re.compile(
    r"^\| (?P<what>.*?) \| (?P<releases>\d.*?) \| `'?(?P<k>[^`]*?)'?` \| (.*) \|$", re.M
)
_WORD = re.compile(r"[\w-]+")
_RELEASE = re.compile(r"\d+\.\d+(?:\.\d+)?")
# Hexadecimal, with a letter in it: no number, and no word of English that is as long.
_COMMIT = re.compile(r"\b(?=\d*[a-f])[0-9a-f]{7,40}\b")


@dataclass(frozen=True)
class Row:
    """A row of the track record. k: the words by which its command selects clauses."""

    what: str
    since: str
    fixed: frozenset[str]
    k: str

    def __str__(self) -> str:
        return self.k

    @property
    def named(self) -> set[str]:
        """The clauses that the command names: functions, not the files that it may name, too."""
        return {word for word in _WORD.findall(self.k) if word.startswith("test_")}


def rows(text: str) -> list[Row]:
    """The lines of the track record."""
    found = []
    for row in _ROW.finditer(text):
        since, _, fixed = row["releases"].rpartition(", ")
        first = _RELEASE.match(since)
        assert first, f"{row['what']}: the release that brought it is {since}"
        found.append(Row(row["what"], first[0], frozenset(_RELEASE.findall(fixed)), row["k"]))
    return found


def _record() -> str:
    return RECORD.read_text(encoding="utf-8")


def _addresses() -> set[str]:
    return {clause.address for clauses in contract.read(ROOT).values() for clause in clauses}


def _function(case: str) -> str:
    return case.partition("[")[0].partition("::")[2]


def problems(row: Row, cases: list[str], recorded: dict[str, Breach]) -> list[str]:
    """The mistakes of a row whose command selects these cases."""
    wrong = []
    functions = {_function(case) for case in cases}
    files = {Path(case.partition("::")[0]).stem for case in cases}
    if functions != row.named - files:
        wrong.append(f"selects {sorted(functions)}, and names {sorted(row.named - files)}")
    clauses = {case.partition("[")[0] for case in cases}
    if len(clauses) != len(functions):
        wrong.append(f"selects clauses of one name in several files: {sorted(clauses)}")
    breaches = [recorded[case] for case in cases if case in recorded]
    broken = {breach.clause.partition("[")[0] for breach in breaches}
    if clauses - broken:
        wrong.append(f"selects a clause that holds: {sorted(clauses - broken)}")
    since = {breach.since[0] for breach in breaches}
    if row.since != min(since, key=expected.numbers, default=""):
        wrong.append(f"says since {row.since}, and on record is {sorted(since)}")
    fixed = {
        release
        for breach in breaches
        for release in breach.fixed
        if not expected.is_stable(expected.numbers(release))
    }
    if row.fixed != fixed:
        wrong.append(f"says fixed in {sorted(row.fixed)}, and on record is {sorted(fixed)}")
    return wrong


# -- the track record -----------------------------------------------------------------------------


@pytest.fixture(scope="module", name="selection")
def _selection(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    asked = [row.k for row in rows(_record())]
    return selected(asked, tmp_path_factory.mktemp("selection"))


def test_track_record_is_read() -> None:
    assert len(rows(_record())) == 91


@pytest.mark.parametrize("row", rows(_record()), ids=str)
def test_row_selects_its_clauses_and_agrees_with_the_record(
    row: Row, selection: dict[str, list[str]]
) -> None:
    assert problems(row, selection[row.k], expected.Record.read().of(RELEASE, PORT)) == []


def test_clauses_that_the_track_record_points_to_exist() -> None:
    known = {name for address in _addresses() for name in address.rpartition("/")[2].split("::")}
    named = set(re.findall(r"`(test_\w+(?:\.py)?)`", _record()))
    assert sorted(named - known) == []


# -- the breaches ---------------------------------------------------------------------------------


def test_clauses_on_record_exist() -> None:
    record = expected.Record.read()
    recorded = [breach.clause for breach in record.breaches]
    recorded += [report.clause for report in record.reports]
    assert sorted({clause.partition("[")[0] for clause in recorded} - _addresses()) == []


def malformed(text: str) -> list[str]:
    """The commits in a text that are not given by 12 digits."""
    return [commit for commit in _COMMIT.findall(text) if len(commit) != 12]


def test_commits_on_record_have_twelve_digits() -> None:
    assert malformed(expected.RECORD.read_text(encoding="utf-8")) == []


# -- the failing sides ----------------------------------------------------------------------------

_PING = Breach(
    clause="conformance/x/test_x.py::test_ping[primary]",
    observed="1",
    since=("18.05", "17.11.3"),
    fixed=("26.07", "24.11.7"),
    seen=("22.11.11",),
    upstream="fixed by x",
    why="",
)
_ON_RECORD = {_PING.clause: _PING}


def _row(since: str = "18.05, 26.07", k: str = "test_ping") -> Row:
    (row,) = rows(f"| it dies | {since} | `{k}` | the stack |")
    return row


def test_row_that_is_right_has_no_problem() -> None:
    assert problems(_row(), [_PING.clause], _ON_RECORD) == []
    assert problems(_row(k="'test_x and test_ping'"), [_PING.clause], _ON_RECORD) == []


@pytest.mark.parametrize(
    "row,cases,complaint",
    [
        (
            _row(),
            [_PING.clause, "conformance/x/test_y.py::test_ping_pong"],
            "selects ['test_ping',",
        ),
        (_row(), [_PING.clause, "conformance/x/test_y.py::test_ping"], "in several files"),
        (_row(k="test_pong"), ["conformance/x/test_x.py::test_pong"], "a clause that holds"),
        (_row(k="test_nothing"), [], "and names ['test_nothing']"),
        (_row("18.02, 26.07"), [_PING.clause], "since 18.02, and on record is ['18.05']"),
        (_row("18.05, 26.03"), [_PING.clause], "fixed in ['26.03'], and on record is ['26.07']"),
        (_row("18.05, -"), [_PING.clause], "fixed in [], and on record is ['26.07']"),
    ],
)
def test_row_that_is_wrong_is_noticed(row: Row, cases: list[str], complaint: str) -> None:
    assert complaint in " ".join(problems(row, cases, _ON_RECORD))


def test_commit_that_is_too_short_is_noticed() -> None:
    assert malformed("introduced by 7fe371ebd8, of 4294967295 and 7fe371ebd8bb") == ["7fe371ebd8"]


# -- what the README tells of it --------------------------------------------------------------------


def _readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_counts_the_rows_of_each_class() -> None:
    classes = re.findall(r"^## (.*?)$\n(.*?)(?=^## |\Z)", _record(), re.M | re.S)
    counts = {title.split(",")[0].lower(): len(rows(text)) for title, text in classes}
    told = re.search(
        r"in (\d+) ways: (\d+) crashes, (\d+) hangs, (\d+) wrong answers and (\d+)", _readme()
    )
    assert told
    seen = [counts[name] for name in ("crashes", "hangs", "wrong answers", "leaks")]
    assert [int(number) for number in told.groups()] == [sum(seen), *seen]


def test_worst_rows_of_the_readme_are_in_the_track_record() -> None:
    told = re.findall(r"^\| .* \| (\d\S*), (\S+) \| `(test_\w+)` \|$", _readme(), re.M)
    assert len(told) == 10
    for since, fixed, clause in told:
        (row,) = [row for row in rows(_record()) if clause in row.named]
        assert (row.since, row.fixed) == (since, frozenset() if fixed == "-" else {fixed}), clause
