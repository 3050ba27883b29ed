# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/track-record runs, what it writes, and that it notices what is not as on record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ci import every_row, reproduce
from ci.every_row import Row
from ci.host import enter, packages
from ci.host.say import CannotRun

# A release that breaks the clause of late_reply, and one that was before the defect.
BROKEN, HOLDS = "22.11.11", "17.11.0"


@pytest.fixture
def came(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What comes of a scenario and of its C file, and what was run; to be set."""
    told: dict[str, Any] = {"scenario": 1, "program": 1, "release": BROKEN, "form": True, "ran": []}
    monkeypatch.setattr(every_row, "FOLDER", tmp_path / "out")
    monkeypatch.setattr(reproduce, "FOLDER", tmp_path / "reproduce")
    (tmp_path / "reproduce" / "here").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.c").write_text("old")

    def run(argv: list[str]) -> int:
        told["ran"].append(Path(argv[0]).stem)
        report = {"release": told["release"]}
        (reproduce.FOLDER / "here" / "report.json").write_text(json.dumps(report))
        (reproduce.FOLDER / f"{Path(argv[0]).stem}.report.txt").write_text("report")
        status: int = told["scenario"]
        return status

    def write(file: str, language: str, name: str) -> None:
        assert (Path(file).stem, language) == (name, "c")
        if not told["form"]:
            raise CannotRun("no form")
        (reproduce.FOLDER / f"{name}.c").write_text("int main")

    def built(command: str, argv: list[str]) -> int:
        del command
        assert Path(argv[-2]).read_text() == "int main"
        Path(argv[-1]).write_text("said")
        status: int = told["program"]
        return status

    monkeypatch.setattr(reproduce, "main", run)
    monkeypatch.setattr(reproduce, "write", write)
    monkeypatch.setattr(enter, "run", built)
    monkeypatch.setattr(packages, "install", lambda *_: None)
    return told


def test_all_that_is_as_on_record_is_written(came: dict[str, Any]) -> None:
    assert every_row.main(["late_reply", "one_byte"]) == 0
    assert came["ran"] == ["late_reply", "one_byte"]
    written = {path.name for path in every_row.FOLDER.iterdir()}
    assert written == {
        f"{name}.{end}"
        for name in ("late_reply", "one_byte")
        for end in ("c", "report.txt", "said.txt")
    }


@pytest.mark.parametrize(
    "set_to, status, said",
    [
        ({"scenario": 0}, 1, "NOT AS ON RECORD: late_reply: holds; its C file: fails"),
        ({"program": 0}, 1, "NOT AS ON RECORD: late_reply: fails; its C file: holds"),
        ({"release": HOLDS}, 1, "its C file: fails; on record: not broken"),
        ({"release": HOLDS, "scenario": 0, "program": 0}, 0, "1 of 1 are as on record"),
        ({"program": 2}, 2, "NOT TOLD: late_reply: fails; its C file: could not be run"),
        ({"scenario": 2}, 2, "NOT TOLD: late_reply: could not be run"),
        ({"form": False}, 0, "1 of 1 are as on record; 1 have no C file"),
    ],
)
def test_what_is_not_as_on_record_is_told(
    came: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    set_to: dict[str, Any],
    status: int,
    said: str,
) -> None:
    came.update(set_to)
    assert every_row.main(["late_reply"]) == status
    assert said in capsys.readouterr().out


def test_all_are_chosen_where_none_is_named() -> None:
    assert len(every_row.chosen([])) == len(list(every_row.RECORD.glob("*.scenario")))


def test_name_that_there_is_not_is_refused(came: dict[str, Any]) -> None:
    with pytest.raises(
        CannotRun, match="'nobody' is no scenario of the track record: another_user"
    ):
        every_row.main(["late_reply", "nobody"])
    assert came["ran"] == []


def test_scenario_without_a_clause_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.scenario").write_text("primary1 starts\n")
    with pytest.raises(CannotRun, match="does not begin with its clause"):
        every_row.clause_in(tmp_path / "x.scenario")


def test_verdict_of_a_row() -> None:
    assert Row("x", 1, 1, True).right and not Row("x", 1, 1, False).right
    assert not Row("x", 1, 0, True).right and Row("x", 0, None, False).right
