# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/explore takes, what it runs, and with which status it ends."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from ci import explore
from ci.host import build, busy, enter, packages
from ci.host.say import CannotRun

STEPS = "primary1 starts; primary1 lives"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What ran, and, to be set, its status and the scenarios that it writes."""
    told: dict[str, Any] = {"status": 0, "found": [], "ran": []}

    def run(command: str, argv: list[str], *, more: dict[str, str]) -> int:
        told["ran"] = argv
        for name in told["found"]:
            Path(f"{argv[4]}{name}").write_text("primary1 lives")
        status: int = told["status"]
        return status

    monkeypatch.setattr(explore, "FOLDER", tmp_path / "explore")
    monkeypatch.setattr(explore, "ROOT", tmp_path)
    monkeypatch.setattr(enter, "run", run)
    monkeypatch.setattr(packages, "install", lambda *a: None)
    monkeypatch.setattr(packages, "dpdk_release", lambda: "22.11")
    monkeypatch.setattr(build, "build", lambda *a, **k: None)
    monkeypatch.setattr(busy, "loops", lambda count: nullcontext(told.update(busy=count)))
    return told


@pytest.mark.parametrize(
    "status, found, told",
    [(0, [], 0), (1, [".1.scenario"], 1), (2, [], 2), (130, [], 2), (130, [".1.scenario"], 1)],
)
def test_status_is_that_of_the_exploration(
    runs: dict[str, Any], status: int, found: list[str], told: int
) -> None:
    runs.update(status=status, found=found)
    assert explore.main([STEPS]) == told


@pytest.mark.parametrize(
    "argv, ran",
    [
        ([], ["--schedules=1000", "--depth=3", "--seed=0"]),
        (["--schedules=5", "--depth=2", "--seed=9"], ["--schedules=5", "--depth=2", "--seed=9"]),
        (["--until-fails"], ["--schedules=1000", "--depth=3", "--seed=0", "--until-fails"]),
        (
            ["--all-orders=2", "--schedules=7"],
            ["--schedules=7", "--depth=3", "--seed=0", "--all-orders=2"],
        ),
    ],
)
def test_options_are_handed_on(runs: dict[str, Any], argv: list[str], ran: list[str]) -> None:
    explore.main([STEPS, *argv])
    assert runs["ran"][5:] == ran


def test_what_was_found_is_told_as_a_command(
    runs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    runs.update(found=[".1.scenario", ".2.scenario"], status=1)
    explore.main([STEPS, "--busy=3"])
    told = capsys.readouterr()
    again = "again: ci/reproduce explore/here/scenario.2.scenario --times 20"
    assert (again in told.out + told.err, runs["busy"]) == (True, 3)


@pytest.mark.parametrize(
    "argv, said",
    [
        (["nothing.scenario"], "no file and no text of several steps"),
        ([STEPS, "--schedules=0"], "--schedules"),
        ([STEPS, "--depth=0"], "--depth"),
        ([STEPS, "--seed=x"], "--seed"),
        ([STEPS, "--all-orders=-1"], "--all-orders"),
        ([STEPS, "--all-orders=1", "--seed=1"], "nothing to chance"),
        ([STEPS, "--release=1.2"], "Debian serves"),
    ],
)
def test_what_cannot_be_is_told(runs: dict[str, Any], argv: list[str], said: str) -> None:
    with pytest.raises(CannotRun, match=said):
        explore.main(argv)
    assert runs["ran"] == []
