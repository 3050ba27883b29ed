# SPDX-License-Identifier: BSD-3-Clause
"""Proves what `ci/test --lies` asks pytest for, and what its exit status says."""

from __future__ import annotations

from typing import Any

import pytest

from ci import lies
from ci.lies import arguments, folder, pytest_command, say
from conformance.lies.judgement import Judgement
from conformance.lies.sample import SAMPLE
from conformance.verdicts import contract

NOTHING: dict[str, Any] = {
    **{"cannot_fail": [], "needless": [], "untried": [], "not_run": [], "missing": []},
    **{"tried": 3, "assertions": 4},
}


@pytest.mark.parametrize(
    "wrong, status",
    [
        ({}, 0),
        ({"not_run": ["t.py::x: no tap"]}, 0),
        ({"cannot_fail": ["t.py::x: line 3: a"]}, 1),
        ({"needless": ["t.py::x: a"]}, 1),
        ({"untried": ["t.py::x: breaks"]}, 1),
        ({"missing": ["t.py::x"]}, 2),
        ({"missing": ["t.py::x"], "cannot_fail": ["t.py::y: line 3: a"]}, 2),
    ],
)
def test_exit_status(
    wrong: dict[str, list[str]], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert say(Judgement(**{**NOTHING, **wrong})) == status
    said = capsys.readouterr().out
    assert all(line in said for lines in wrong.values() for line in lines)
    assert "3 clauses were told lies: 4 assertions" in said


def test_all_are_told_lies_unless_some_are_named() -> None:
    ours, rest = arguments([])
    assert pytest_command(ours, "22.11.1", rest)[-1] == "conformance"
    ours, rest = arguments(["conformance/rte_mp", "-n", "2"])
    command = pytest_command(ours, "22.11.1", rest)
    assert command[-3:] == ["conformance/rte_mp", "-n", "2"] and command.count("-n") == 1


def test_what_all_lies_find_is_kept_apart() -> None:
    ways: list[list[str]] = [[], ["--every"], ["--sample"]]
    folders = {folder(arguments(given)[0]) for given in ways}
    assert len(folders) == 3 and all(lies.FOLDER in one.parents for one in folders)


def test_options_reach_the_plugin() -> None:
    ours, rest = arguments(["--every", "--every-case", "-k", "x"])
    command = pytest_command(ours, "22.11.1", rest)
    assert {"--lies-every", "--lies-every-case", "-k", "x"} <= set(command)
    assert "--lies-sample" not in command


def test_the_sample_is_of_clauses_that_there_are() -> None:
    known = {c.address for part in contract.read(lies.ROOT).values() for c in part}
    assert SAMPLE <= known and 15 <= len(SAMPLE) <= 25
