# SPDX-License-Identifier: BSD-3-Clause
"""Proves that what a run has seen goes on record where an entry says just that, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ci import record as command
from ci.answer.example import case, report
from conformance.verdicts.expected import Breach, Record

KNOWN = Breach(
    clause="a.py::test_a[x]",
    observed="1",
    since=("18.05",),
    fixed=("26.07", "24.11.7"),
    seen=("22.11.11",),
    upstream="none",
    why="Because.",
)
RECORD = Record("", (KNOWN,), ())


def _report(
    release: str, how: str, observed: str = "", clause: str = KNOWN.clause
) -> dict[str, Any]:
    return report(case(how, observed, clause=clause), release=release)


def test_breach_that_another_release_shows_is_noted() -> None:
    found = command.compared(RECORD, _report("23.11.7", "breaks as predicted", "1"))
    assert (found.seen, found.left) == ([KNOWN], False)
    (breach,) = command.noted(RECORD, found.seen, "23.11.7").breaches
    assert breach.seen == ("22.11.11", "23.11.7")


def test_breach_that_was_noted_is_not_noted_again() -> None:
    found = command.compared(RECORD, _report("22.11.11", "breaks as recorded", "1"))
    assert found == command.Found()


@pytest.mark.parametrize("how, observed", [("breaks differently", "2"), ("breaks", "2")])
def test_other_observation_is_an_entry_to_be_completed(how: str, observed: str) -> None:
    found = command.compared(RECORD, _report("23.11.7", how, observed))
    assert found.left and not found.seen
    text = command.told(found, "23.11.7")
    assert 'clause = "a.py::test_a[x]"\nobserved = "2"\nsince = "?"\nseen = ["23.11.7"]' in text


def test_breach_after_its_fix_is_to_be_looked_up() -> None:
    found = command.compared(RECORD, _report("24.11.8", "breaks", "1"))
    assert (found.early, found.seen) == ([KNOWN], [])
    assert "seen on 24.11.8, and on record is since 18.05; fixed in 26.07, 24.11.7" in command.told(
        found, "24.11.8"
    )


def test_clause_that_holds_before_its_fix_is_to_be_looked_up() -> None:
    found = command.compared(RECORD, _report("24.11.6", "holds though predicted as broken"))
    assert found.held == [KNOWN]
    assert command.told(found, "24.11.6").startswith("holds on 24.11.6, and on record is since")


@pytest.mark.parametrize("how", ["holds", "not run", "inconclusive", "Gauntlet's own fault"])
def test_what_says_nothing_changes_nothing(how: str) -> None:
    report = _report("24.11.8", how, clause="a.py::test_b")
    assert command.compared(RECORD, report) == command.Found()


def test_command_writes_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path, seen = tmp_path / "record.toml", tmp_path / "report.json"
    path.write_text(RECORD.text())
    seen.write_text(json.dumps(_report("24.11.6", "breaks as predicted", "1")))
    monkeypatch.setattr(command, "RECORD", path)
    assert command.main([str(seen)]) == 0
    assert 'seen = ["22.11.11", "24.11.6"]' in path.read_text()
    assert "1 more seen as on record" in capfd.readouterr().out
