# SPDX-License-Identifier: BSD-3-Clause
"""Proves that coverage is counted as gcov counts it, and that reasons are read exactly."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ci import coverage
from ci.reach import gcov
from ci.reach import source
from ci.reach.gcov import Coverage, Never
from ci.host.say import CannotRun


def _line(number: int, count: int, *branches: int) -> dict[str, Any]:
    return {
        "line_number": number,
        "function_name": "f",
        "count": count,
        "branches": [{"count": branch} for branch in branches],
    }


FILE = {
    "functions": [{"name": "f", "start_line": 10}],
    "lines": [_line(10, 3), _line(12, 3, 3, 0), _line(13, 0), _line(15, 0, 0, 0)],
}

REASON = """
[[never]]
at = "f+3-4"
what = ["line"]
why = "Because."
"""


def test_lines_and_branches_are_counted() -> None:
    found = gcov.count(FILE)
    assert (found.lines, found.lines_run, found.branches, found.branches_taken) == (4, 2, 4, 1)
    assert (found.line_rate, found.branch_rate) == (50.0, 25.0)
    assert [(never.at, never.what) for never in found.never] == [
        ("f+2", "branch 1"),
        ("f+3", "line"),
        ("f+5", "line"),
        ("f+5", "branch 0"),
        ("f+5", "branch 1"),
    ]


def test_what_one_process_took_was_taken() -> None:
    def file(*lines: dict[str, Any]) -> dict[str, Any]:
        return {"functions": [{"name": "f", "start_line": 10}], "lines": list(lines)}

    # The second is of a process that ended inside the line: gcov makes too little of its branches.
    files = [file(_line(10, 2, 1, 1)), file(_line(10, 7, 7, 0)), file(_line(10, 0, 0, 0))]
    assert gcov.count(gcov.union(files, "f.c")).branches_taken == 2
    assert gcov.count(gcov.union([file(_line(10, 7, 7, 0))], "f.c")).branches_taken == 1
    with pytest.raises(CannotRun, match="was nothing run"):
        gcov.union([], "f.c")


def test_half_a_file_of_counters_counts_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.c").write_text("int main(void) { return 0; }\n")
    run = partial(subprocess.run, cwd=tmp_path, check=True)
    run(["gcc", "--coverage", "-c", "one.c"])
    run(["gcc", "--coverage", "one.o", "-o", "one"])
    run(["./one"])
    notes, whole, half = (tmp_path / name for name in ("one.gcno", "one.gcda", "half.gcda"))
    half.write_bytes(whole.read_bytes()[:6])
    assert gcov.read(notes, [whole, half], "one.c").lines_run == 1
    assert gcov.read(notes, [half], "one.c").lines_run == 0


def test_reasons_are_read(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(REASON)
    assert gcov.reasons(tmp_path / "r.toml") == {
        ("f+3", "line"): "Because.",
        ("f+4", "line"): "Because.",
    }
    assert gcov.reasons(tmp_path / "absent.toml") == {}


@pytest.mark.parametrize(
    "text",
    [
        REASON.replace('why = "Because."', ""),
        REASON.replace("f+3-4", "f line 3"),
        REASON.replace('["line"]', '"line"'),
        REASON + 'wy = "x"',
    ],
)
def test_careless_reason_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(CannotRun, match="an entry is at = 'function"):
        gcov.reasons(tmp_path / "r.toml")


def test_reasons_of_this_house_can_be_read() -> None:
    assert gcov.reasons(coverage.ROOT / "ci" / "reach" / "unreachable" / "22.11.toml")


def _coverage(lines_run: int, *never: Never) -> Coverage:
    return Coverage(100, lines_run, 100, 100, never)


NEVER = Never("f+3", "line", 13)


@pytest.mark.parametrize(
    "found, reasons, whole, told",
    [
        (_coverage(99, NEVER), {NEVER.key: "Because."}, True, []),
        (_coverage(99, NEVER), {}, True, ["1 lines or branches were never taken"]),
        (_coverage(99, NEVER), {}, False, []),
        (_coverage(100), {NEVER.key: "Because."}, True, ["f+3 line was taken, though"]),
        (_coverage(96, NEVER), {NEVER.key: "Because."}, True, ["wanted are 97.0 %"]),
    ],
)
def test_what_is_wrong_is_told(
    found: Coverage, reasons: dict[tuple[str, str], str], whole: bool, told: list[str]
) -> None:
    wrong = coverage.report(found, reasons, whole)
    assert len(wrong) == len(told)
    assert all(line.startswith(start) for line, start in zip(wrong, told))


def test_source_lists_name_the_machines_own_registry() -> None:
    told = "http://a.example/debian/|bookworm|main\nhttp://a.example/debian/|bookworm|main\nnoise\n"
    assert source.source_lists(told) == "deb-src http://a.example/debian/ bookworm main\n"


def test_gcovs_functions_are_exported_once(tmp_path: Path) -> None:
    version_map = tmp_path / "version.map"
    version_map.write_text("DPDK_23 {\n\tglobal:\n\n\trte_a;\n};\nX {\n\tglobal:\n\n\tb;\n};\n")
    source.export(version_map)
    assert version_map.read_text().count("__gcov_dump;") == 1
    assert version_map.read_text().startswith("DPDK_23 {\n\tglobal:\n\t__gcov_dump;")


def test_failed_build_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="sh failed .*: what went wrong$"):
        source._run(["sh", "-c", "echo what went wrong; exit 3"], tmp_path / "log")
