# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/reproduce takes, what it selects, and with which status it ends."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Callable

import pytest

from ci import bug_report, reproduce, validate
from ci.answer.example import case, report
from ci.bug_report import Seen
from ci.bundles import example
from ci.bundles import format as form
from ci.host import build, busy, enter, packages
from ci.host.say import CannotRun

CLAUSE = "conformance/rte_mp/test_sendmsg.py::test_x"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What ran, and, to be set, how its cases end, and with which status pytest."""
    told: dict[str, Any] = {"how": ["holds"], "status": 0, "ran": []}

    def run(command: str, argv: list[str], *, more: dict[str, str]) -> int:
        told["ran"].append(argv)
        told["more"] = more
        if "conformance.scenario" in argv:
            return 0
        cases = [case(how, "", f"{how}!", told.get("clause", CLAUSE)) for how in told["how"]]
        seen = report(*cases, partial=told["status"] == 2)
        folder = next(arg for arg in argv if arg.startswith("--report=")).partition("=")[2]
        (Path(folder) / "report.json").write_text(json.dumps(seen))
        status: int = told["status"]
        return status

    monkeypatch.setattr(reproduce, "FOLDER", tmp_path / "reproduce")
    monkeypatch.setattr(enter, "run", run)
    monkeypatch.setattr(packages, "install", lambda *a: None)
    monkeypatch.setattr(packages, "dpdk_release", lambda: "22.11")
    monkeypatch.setattr(build, "build", lambda *a, **k: None)
    monkeypatch.setattr(validate, "check_selection", lambda command: None)
    monkeypatch.setattr(busy, "loops", lambda count: nullcontext(told.update(busy=count)))
    return told


@pytest.mark.parametrize(
    "how, status, code",
    [
        (["holds", "holds"], 0, 0),
        (["holds", "breaks as recorded"], 0, 1),
        (["holds", "breaks"], 2, 1),
        (["holds"], 2, 2),  # Interrupted.
        (["not run"], 0, 2),
    ],
)
def test_status_says_whether_it_has_failed(
    runs: dict[str, Any], how: list[str], status: int, code: int
) -> None:
    runs.update(how=how, status=status)
    assert reproduce.main([CLAUSE, "--times", "2"]) == code


def test_options_reach_the_run(runs: dict[str, Any]) -> None:
    reproduce.main([CLAUSE, "--times=7", "--parallel=3", "--busy=2", "--until-fails", "-k", "x"])
    argv = runs["ran"][0]
    assert {"--times=7", "-n3", "--until-fails", "-k", "x", CLAUSE} <= set(argv)
    assert runs["busy"] == 2


@pytest.mark.parametrize(
    "argv, said",
    [
        (
            ["conformance/rte_mp/test_none.py::test_x"],
            "there is no conformance/rte_mp/test_none.py",
        ),
        (["what is this"], "no node id of a clause, no file and no text of several steps"),
        ([CLAUSE, "--times", "0"], "--times is '0'; it must be a number, 1 or more"),
        ([CLAUSE, "--busy", "some"], "--busy is 'some'; it must be a number, 0 or more"),
        ([CLAUSE, "--release", "19.11"], "Debian serves"),
        ([CLAUSE, "--as", "c", "--release", "22.11"], "--as c is about the DPDK of this machine"),
        (
            [CLAUSE, "--minimise", "--release", "22.11"],
            "--minimise is about the DPDK of this machine",
        ),
        (
            [CLAUSE, "--as", "report", "--release", "22.11"],
            "--as report on another DPDK needs a scenario",
        ),
        ([CLAUSE, "--under", "perf"], "--under perf: say strace"),
        ([CLAUSE, "--under", "gdb", "--as", "c"], "--as c runs nothing that could be under gdb"),
        ([CLAUSE, "--under", "asan", "--release", "22.11"], "--under asan is for the libdpdk of"),
    ],
)
def test_bad_input_is_one_line(runs: dict[str, Any], argv: list[str], said: str) -> None:
    with pytest.raises(CannotRun) as error:
        reproduce.main(argv)
    assert said in str(error.value) and "\n" not in str(error.value) and runs["ran"] == []


def test_each_way_to_fail_leaves_a_bundle(
    runs: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    runs["how"] = ["holds", "breaks as recorded", "breaks differently", "breaks differently"]
    reproduce.main([CLAUSE, "--busy=2"])
    paths = sorted((reproduce.FOLDER / "bundles").iterdir())
    assert [path.name for path in paths] == ["test_x-22.11.11.2.tar.zst", "test_x-22.11.11.tar.zst"]
    assert form.read(paths[0]).manifest["run"]["busy"] == 2
    assert capsys.readouterr().out.count("ci/reproduce: bundle: ") == 2


def test_bundle_of_a_scenario_has_it_and_its_name(runs: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "mine.scenario"
    file.write_text("primary1 starts; primary1 lives")
    runs.update(how=["breaks"], clause=reproduce.SCENARIO)
    reproduce.main([str(file)])
    (path,) = (reproduce.FOLDER / "bundles").iterdir()
    assert path.name == "mine-22.11.11.tar.zst"
    assert form.read(path).scenario == file.read_text()


@pytest.mark.parametrize("how, said", [("breaks", "it did not fail as"), ("holds", "in 1 run")])
def test_bundle_is_run_again_and_stays(
    runs: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str, said: str
) -> None:
    made = example.bundle(tmp_path / "scene")
    path = example.written(reproduce.FOLDER / "bundles", made, "test_x-22.11.11")
    runs["how"] = [how]
    reproduce.main([str(path), "--times=3"])
    assert {example.CLAUSE, "--times=3", "--fuzz-seed=1", "--port=net_tap"} <= set(runs["ran"][0])
    told = capsys.readouterr().out
    assert "ci/reproduce: there: DPDK 22.11.11 on net_tap: breaks" in told and said in told
    assert form.read(path) == made


@pytest.mark.parametrize("language", ["scenario", "c"])
def test_scenario_of_a_bundle_is_written_without_a_run(
    runs: dict[str, Any], tmp_path: Path, language: str
) -> None:
    made = example.bundle(tmp_path / "scene")
    assert reproduce.main([str(example.written(tmp_path, made)), f"--as={language}"]) == 0
    assert (reproduce.FOLDER / "example.scenario").read_text() == made.scenario
    ran = [argv[-2:] for argv in runs["ran"]]
    assert ran == ([] if language == "scenario" else [["c", str(reproduce.FOLDER / "example.c")]])


def test_case_is_recorded_and_written(
    runs: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: Callable[..., int] = enter.run

    def run(command: str, argv: list[str], **options: Any) -> int:
        if "conformance.scenario" in argv:
            runs["ran"].append(argv)
            return 0
        scene = tmp_path / "reproduce/recorded/scenes/x"
        scene.mkdir(parents=True)
        told = [{"at": 1, "who": "steps", "what": "bit"}]
        (scene / "timeline.jsonl").write_text("\n".join(map(json.dumps, told)))
        return ran(command, argv, more={})

    monkeypatch.setattr(enter, "run", run)
    assert reproduce.main([CLAUSE, "--as", "c"]) == 0
    written = tmp_path / "reproduce/test_x.scenario"
    assert "# It lacks: steps bit" in written.read_text()
    assert runs["ran"][-1][-3:] == [str(written), "c", str(written.with_suffix(".c"))]


def test_report_is_written_of_what_failed_and_of_nothing_else(
    runs: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.scenario"
    file.write_text("primary1 starts; primary1 lives")
    told: list[list[Seen]] = []

    def written(seen: list[Seen], *more: Any) -> str:
        told.append(seen)
        return "text"

    monkeypatch.setattr(bug_report, "written", written)
    assert reproduce.main([str(file), "--as", "report"]) == 0 and told == []
    runs["how"] = ["breaks"]
    assert reproduce.main([str(file), "--as", "report"]) == 1 and len(told) == 1
    assert (tmp_path / "reproduce" / "mine.report.txt").read_text() == "text"


def test_tool_is_around_the_run_and_what_it_wrote_is_named(
    runs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reproduce.main([CLAUSE, "--under", "strace:b"]) == 0
    assert "--keep-scenes" in runs["ran"][0] and runs["more"]["GAUNTLET_UNDER"] == "strace:b"
    assert "--under strace:b: no process of this name was started" in capsys.readouterr().out


def test_scenario_that_is_given_as_text_has_a_name_of_its_own() -> None:
    assert reproduce.name_for("primary1 starts; primary1 lives" + " " * 5000) == "scenario"
    assert reproduce.name_for("ci/reproduce.py") == "reproduce"


def test_what_was_written_is_there_for_the_next_run(runs: dict[str, Any], tmp_path: Path) -> None:
    reproduce.FOLDER.mkdir()
    written = reproduce.FOLDER / "mine.scenario"
    written.write_text("primary1 starts; primary1 lives")
    for _ in range(2):
        assert reproduce.main([str(written)]) == 0
    assert written.read_text() == "primary1 starts; primary1 lives"


def test_command_that_runs_it_alone_is_one(
    runs: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs["how"] = ["breaks"]
    reproduce.main([CLAUSE])
    assert f"alone     ci/qualify --release 22.11 '{CLAUSE}'" in capsys.readouterr().out
    file = tmp_path / "mine.scenario"
    file.write_text("primary1 starts; primary1 lives")
    runs["clause"] = reproduce.SCENARIO
    reproduce.main([str(file)])
    assert f"alone     ci/reproduce '{file}'" in capsys.readouterr().out


def test_script_is_the_clause_that_runs_scripts() -> None:
    assert reproduce.selection("primary1 starts;  primary1 exits") == [
        "--model-script=primary1 starts; primary1 exits",
        validate.MODEL_SCRIPT,
    ]
