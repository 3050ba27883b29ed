# SPDX-License-Identifier: BSD-3-Clause
"""Proves that reports are read, and that what is none is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ci.answer import runs
from ci.answer.example import case, report
from ci.bundles import example
from ci.host.say import CannotRun


def _write(folder: Path, told: Any, name: str = "report.json") -> Path:
    path = folder / name
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return path


def test_report_is_read(tmp_path: Path) -> None:
    event = {"at_us": 1, "who": "primary1", "what": "call", "text": "mp_reply"}
    told = report(case("holds"), case("breaks", "1", clause="a::b", events=[event]))
    assert runs.read(_write(tmp_path, told)) == told


def test_report_of_a_bundle_is_read(tmp_path: Path) -> None:
    path = example.written(tmp_path, example.bundle(tmp_path / "scene"))
    assert runs.read(path)["clauses"][0]["clause"] == example.CLAUSE
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CannotRun, match="is damaged"):
        runs.read(path)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("", "is no JSON"),
        ("[]", "has schema None, and this version reads 1"),
        ({"schema": 2}, "has schema 2, and this version reads 1"),
        ({**report(), "clauses": None}, "clauses: None is not of type 'array'"),
        (report({**case("holds"), "strength": "firm"}), "clauses/0/strength: 'firm' is not one of"),
        (report(case("breaks", events=[{"at_us": 1}])), "clauses/0/events/0: 'who' is a required"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, told: Any, why: str) -> None:
    path = _write(tmp_path, told)
    with pytest.raises(CannotRun) as refused:
        runs.read(path)
    assert str(refused.value).startswith(str(path)) and why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="cannot be read: .*No such file"):
        runs.read(tmp_path / "none.json")


def test_two_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = [_write(tmp_path, report(), name) for name in ("a.json", "b.json")]
    called = [one["called"] for one in runs.read_all(paths)]
    assert called == [f"DPDK 22.11.11 of {path}" for path in paths]
