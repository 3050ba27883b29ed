# SPDX-License-Identifier: BSD-3-Clause
"""Proves which releases are run, what the answer's exit status is, and what bad input is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ci import qualify
from ci.compare_test import case, report
from ci.host import build, packages
from ci.host.say import COULD_NOT_RUN, CannotRun
from ci.releases import ROOT

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


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("holds", "holds", 0),
        ("breaks", "holds", 0),
        ("holds", "breaks", 1),
        ("holds", "inconclusive", COULD_NOT_RUN),
        ("holds", "not run", COULD_NOT_RUN),
        ("not run", "holds", 0),
    ],
)
def test_what_regressed_is_the_exit_status(before: str, after: str, status: int) -> None:
    reports = [report(case(before)), report(case(after), release="24.11.8")]
    assert qualify.answer(reports)[1] == status


def test_each_release_is_compared_with_the_next_one() -> None:
    reports = [report(case("holds"), release=name) for name in ("20.11.10", "22.11.11", "24.11.8")]
    first, second = qualify.answer(reports)[0].split("\n\n")
    assert first == "DPDK 20.11.10 to DPDK 22.11.11: nothing changes"
    assert second == "DPDK 22.11.11 to DPDK 24.11.8: nothing changes"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What each release's run comes to, in place of one: a report, or why there is none."""
    outcomes: dict[str, Any] = {}

    def run(subject: Any, port: str, rest: list[str], number: str) -> Any:
        found = outcomes[subject.name]
        if isinstance(found, CannotRun):
            raise found
        return found

    monkeypatch.setattr(qualify, "run", run)
    monkeypatch.setattr(qualify, "REPORT", ROOT / "build" / "qualify_test" / tmp_path.name)
    monkeypatch.setattr(packages, "install", lambda *_: None)
    monkeypatch.setattr(build, "build", lambda *_, **__: None)
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
    assert lines[-1].endswith("; 24.11 NOT RUN")


def test_interrupted_run_is_the_last_one_and_told_as_partial(
    runs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    runs["22.11"] = report(case("holds"), partial=True)
    assert _main("22.11", "24.11", "25.11") == COULD_NOT_RUN
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("; DPDK 22.11.11 PARTIAL; 24.11 NOT RUN; 25.11 NOT RUN")


def test_answer_is_a_file_too(runs: dict[str, Any]) -> None:
    runs["22.11"], runs["24.11"] = report(case("holds")), report(case("breaks", "1"))
    assert _main("22.11", "24.11") == 1
    assert "REGRESSED" in (qualify.REPORT / "answer.txt").read_text()
