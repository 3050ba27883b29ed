# SPDX-License-Identifier: BSD-3-Clause
"""Proves that what the machine was too slow for is run once more, and what the second run decides."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from ci import again, summary, validate

SLOW, HOLDS = "f.py::test_slow[a b]", "f.py::test_holds"

JUNIT = """<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0"
failures="{failures}" skipped="0" tests="{tests}">{cases}</testsuite></testsuites>"""


def _case(clause: str, how: str) -> dict[str, Any]:
    return {"clause": clause, "how": how, "actual": f"{how}, as seen", "seconds": 1.0}


def _junit(*cases: tuple[str, bool]) -> str:
    told = "".join(
        f'<testcase classname="f" name="{name}">{"<failure/>" if failed else ""}</testcase>'
        for name, failed in cases
    )
    failures = sum(failed for _, failed in cases)
    return JUNIT.format(failures=failures, tests=len(cases), cases=told)


def _report(*cases: dict[str, Any], status: int = 1) -> dict[str, Any]:
    return {
        "dpdk": "DPDK 22.11.11",
        "port": "net_tap",
        "release": "22.11.11",
        "recorded": True,
        "partial": status not in (0, 1),
        "pytest_status": status,
        "selected": 2,
        "counts": {},
        "clauses": list(cases),
    }


def _write(folder: Path, report: dict[str, Any], junit: str) -> None:
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "junit.xml").write_text(junit)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The reports of a run with one clause that the machine was too slow for."""
    report = _report(_case(SLOW, "inconclusive: the machine"), _case(HOLDS, "holds"))
    _write(tmp_path, report, _junit(("test_slow[a b]", True), ("test_holds", False)))
    return tmp_path


@pytest.mark.parametrize("how, code", [("holds", 0), ("inconclusive: the machine", 1)])
def test_second_observation_decides_and_the_first_is_kept(
    folder: Path, how: str, code: int
) -> None:
    asked = []

    def pytest_(arguments: list[str], other: Path) -> int:
        asked.append(arguments)
        failed = how != "holds"
        _write(other, _report(_case(SLOW, how)), _junit(("test_slow[a b]", failed)))
        return int(failed)

    again.run(folder, [SLOW], pytest_)
    report = json.loads((folder / "report.json").read_text())
    assert asked == [["-n0", SLOW]]
    assert report["clauses"][0]["how"] == how
    assert report["clauses"][0]["first"]["actual"] == "inconclusive: the machine, as seen"
    line, status = summary.summary(report)
    assert (status, "1 run again, because the machine had been too slow" in line) == (code, True)
    junit = (folder / "junit.xml").read_text()
    assert f'failures="{code}"' in junit and junit.count("<failure") == code


def test_second_run_that_could_not_be_made_leaves_the_first_observation(folder: Path) -> None:
    again.run(folder, [SLOW], lambda arguments, other: 4)
    report = json.loads((folder / "report.json").read_text())
    assert again.slow(report) == [SLOW]


def test_second_run_that_was_interrupted_makes_the_whole_partial() -> None:
    first = _report(_case(SLOW, "inconclusive: the machine"))
    merged = again.merge(first, _report(status=2))
    assert (merged["partial"], merged["pytest_status"]) == (True, 2)


def test_second_run_takes_the_options_and_no_selection() -> None:
    rest = ["-k", "async", "--model-seed=3", "--fuzz-seed", "5", "-n", "4", "conformance/rte_mp"]
    assert again.options_of(rest) == ["--model-seed=3", "--fuzz-seed=5"]
    clause = "conformance/rte_mp/test_ignore.py::test_x"
    command = validate.pytest_command("net_tap", ["-n0", clause], Path("/r"))
    assert (command[-2:], "--report=/r" in command) == (["-n0", clause], True)


def test_cases_that_the_first_run_has_not_come_to_are_added(tmp_path: Path) -> None:
    first, rest = tmp_path / "first.xml", tmp_path / "rest.xml"
    first.write_text(_junit(("one", False)))
    rest.write_text(_junit(("two", True)))
    again.merge_junit(first, rest)
    (merged,) = ElementTree.parse(first).iter("testsuite")
    assert [case.get("name") for case in merged] == ["one", "two"]
    assert (merged.get("tests"), merged.get("failures")) == ("2", "1")
