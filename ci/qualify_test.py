# SPDX-License-Identifier: BSD-3-Clause
"""Proves which releases are run, what the answer's exit status is, and what bad input is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ci import qualify
from ci.answer.example import case, report
from ci.answer.runs import read
from ci.host import build, packages
from ci.host.say import COULD_NOT_RUN, CannotRun
from ci.releases import ROOT
from ci.subject import OfDebian

COMMAND = str(Path(__file__).with_name("qualify"))


def test_all_releases_are_run_unless_some_are_named() -> None:
    assert [s.name for s in qualify.chosen(None)] == ["20.11", "22.11", "24.11", "25.11"]
    assert [s.name for s in qualify.chosen(["25.11", "20.11"])] == ["20.11", "25.11"]


def test_prefixes_come_after_the_releases(tmp_path: Path) -> None:
    there = str(tmp_path)
    assert [s.name for s in qualify.chosen(None, [f"one={there}"])] == ["one"]
    subjects = qualify.chosen(["24.11"], [f"one={there}", f"two={there}"])
    assert [s.name for s in subjects] == ["24.11", "one", "two"]
    assert subjects[1].option == f"--dpdk one={there}"


@pytest.mark.parametrize("name", ["24.11", "one"])
def test_two_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotRun, match=f"there is a {name} already; name it, as in mine="):
        qualify.chosen(["24.11"], [f"one={tmp_path}", f"{name}={tmp_path}"])


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        (["--release", "23.11"], "--release 23.11: Debian serves 20.11, 22.11, 24.11, 25.11"),
        (["--port", "net_nothing"], "net_nothing"),
        (["--dpdk", "/nowhere"], "/nowhere is no directory; give DIR or NAME=DIR"),
        (["--mixed", "--release", "24.11"], "--mixed needs two releases"),
        (["--on", "24.11"], "--on 24.11 is for --mixed"),
        (
            ["--from", "23.11"],
            "--from 23.11: 20.11, 22.11, 24.11, 25.11 are run; name one of these",
        ),
        (["--to", "20.11"], "20.11 cannot be compared with itself: name two releases"),
        (["--release", "22.11", "--from", "22.11"], "22.11 cannot be compared with itself"),
        (["--format", "xml"], "--format xml: there are tap and github; name one of these"),
    ],
)
def test_bad_input_is_one_line(argument: list[str], said: str) -> None:
    done = subprocess.run([COMMAND, *argument], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (COULD_NOT_RUN, "", 1)
    assert said in done.stderr


def test_who_is_not_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(CannotRun, match="not root"):
        qualify.main([])


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the reports go; nothing is installed or built."""
    folder = ROOT / "build" / "qualify_test" / tmp_path.name
    shutil.rmtree(folder, ignore_errors=True)
    monkeypatch.setattr(qualify, "REPORT", folder)
    monkeypatch.setattr(packages, "install", lambda *_: None)
    monkeypatch.setattr(build, "build", lambda *_, **__: None)
    return folder


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, folder: Path) -> dict[str, Any]:
    """What each release's run comes to, in place of one: a report, or why there is none."""
    outcomes: dict[str, Any] = {}

    def run(subject: Any, port: str, rest: list[str], number: str) -> Any:
        found = outcomes[subject.name]
        if isinstance(found, CannotRun):
            raise found
        return found

    monkeypatch.setattr(qualify, "run", run)
    return outcomes


def _main(*series: str) -> int:
    return qualify.main([word for name in series for word in ("--release", name)])


def test_release_that_cannot_be_had_is_named_at_the_end(
    runs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    runs["22.11"] = report(case("holds"))
    runs["24.11"] = CannotRun("24.11 cannot be had: the registry is down")
    assert _main("22.11", "24.11") == COULD_NOT_RUN
    lines = capsys.readouterr().out.splitlines()
    assert "NOT RUN: 24.11 cannot be had: the registry is down" in " ".join(lines)
    assert "; 24.11 NOT RUN; the same command goes on from there" in lines[-1]


def test_interrupted_run_is_the_last_one_and_told_as_partial(
    runs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    runs["22.11"] = report(case("holds"), partial=True)
    assert _main("22.11", "24.11", "25.11") == COULD_NOT_RUN
    last = capsys.readouterr().out.splitlines()[-1]
    assert "; DPDK 22.11.11 PARTIAL; 24.11 NOT RUN; 25.11 NOT RUN; the same command goes" in last


def test_answer_is_a_file_too(runs: dict[str, Any]) -> None:
    runs["22.11"], runs["24.11"] = report(case("holds")), report(case("breaks", "1"))
    assert _main("22.11", "24.11") == 1
    assert "REGRESSED" in (qualify.REPORT / "answer.txt").read_text()


def test_red_case_of_the_only_release_is_told_by_the_status(runs: dict[str, Any]) -> None:
    runs["24.11"] = report(case("breaks", "1"), case("holds"))
    assert _main("24.11") == 1


def test_page_shows_the_runs(runs: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    runs["22.11"], runs["24.11"] = report(case("holds")), report(case("holds"), release="24.11.8")
    assert _main("22.11", "24.11") == 0
    page = qualify.REPORT / "index.html"
    assert f"the page is {page.relative_to(ROOT)}" in capsys.readouterr().out
    assert "What changes from DPDK 22.11.11 to DPDK 24.11.8" in page.read_text()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[list[str]]:
    """A run whose pytest only leaves a report: what it was told, in their order."""
    told: list[list[str]] = []

    def leave(port: str, rest: list[str], folder: Path, more: dict[str, str]) -> Any:
        told.append(rest)
        first = not any(word.startswith("--without") for word in rest)
        found = report(case("holds", clause="a::a" if first else "a::b"), partial=first)
        (folder / "report.json").write_text(json.dumps({**found, "selected": 2 if first else 1}))
        return read(folder / "report.json")

    monkeypatch.setattr(qualify, "_run", leave)
    monkeypatch.setattr(OfDebian, "ready", lambda *_: {})
    return told


def test_command_that_was_cut_off_goes_on(
    made: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main("22.11") == COULD_NOT_RUN
    assert "goes on from there" in capsys.readouterr().out
    assert _main("22.11") == 0
    assert "going on: 1 of 2 cases were run before" in capsys.readouterr().out
    assert made == [[], [f"--without={qualify.REPORT / '22.11' / 'report.json'}"]]
    merged = json.loads((qualify.REPORT / "22.11" / "report.json").read_text())
    assert [one["clause"] for one in merged["clauses"]] == ["a::a", "a::b"]
    assert (merged["partial"], merged["selected"], merged["counts"]) == (False, 2, {"holds": 2})


def test_finished_or_other_command_begins_anew(made: list[list[str]]) -> None:
    assert _main("22.11") == COULD_NOT_RUN
    assert _main("24.11") == COULD_NOT_RUN  # Another command: nothing of the first one is used.
    assert _main("24.11") == 0
    assert _main("24.11") == COULD_NOT_RUN
    assert [bool(rest) for rest in made] == [False, False, True, False]


def test_release_to_compare_with_that_cannot_be_had_costs_no_report(
    runs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    runs["22.11"] = CannotRun("22.11 cannot be had: the registry is down")
    runs["24.11"] = report(case("holds"), release="24.11.8")
    both = ["--release", "22.11", "--release", "24.11", "--from", "22.11"]
    assert qualify.main(both) == COULD_NOT_RUN
    assert "22.11 is none of them: DPDK 24.11.8" in capsys.readouterr().out
    assert (qualify.REPORT / "index.html").exists()


def test_interrupt_between_two_releases_keeps_the_first(
    runs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs["22.11"] = report(case("holds"))
    with_reports = qualify.run

    def run(subject: Any, *rest: Any) -> Any:
        if subject.name == "24.11":
            raise KeyboardInterrupt
        return with_reports(subject, *rest)

    monkeypatch.setattr(qualify, "run", run)
    assert _main("22.11", "24.11", "25.11") == COULD_NOT_RUN
    last = capsys.readouterr().out.splitlines()[-1]
    assert "DPDK 22.11.11; the answer is in" in last
    assert "24.11 NOT RUN; 25.11 NOT RUN; the same command goes on from there" in last
