# SPDX-License-Identifier: BSD-3-Clause
"""Proves when a command goes on, and what it makes of the two halves of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.answer.example import case, report
from ci.answer.going_on import Unfinished, joined, key_of


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "a.py").write_text("1")
    return tmp_path


def test_same_command_goes_on_until_it_is_finished(house: Path) -> None:
    folder = Unfinished(house / "report", key_of(["-k", "x"], house))
    assert not folder.goes_on()
    folder.begin()
    assert folder.goes_on()
    folder.finish()
    assert not folder.goes_on()


def test_other_arguments_and_other_files_do_not(house: Path) -> None:
    Unfinished(house / "report", key_of(["-k", "x"], house)).begin()
    assert not Unfinished(house / "report", key_of(["-k", "y"], house)).goes_on()
    (house / "ci" / "b.py").write_text("2")
    assert not Unfinished(house / "report", key_of(["-k", "x"], house)).goes_on()


def test_note_that_was_cut_off_is_none(house: Path) -> None:
    folder = Unfinished(house / "report", key_of([], house))
    folder.begin()
    (folder.folder / "unfinished.json").write_text("{")
    assert not folder.goes_on()


def test_halves_are_joined() -> None:
    first = report(case("holds", clause="a::z"), partial=True, selected=3)
    rest = report(case("holds", clause="a::a"), case("not run", clause="a::b"), seconds=10.0)
    both = joined(first, rest)
    assert [one["clause"] for one in both["clauses"]] == ["a::a", "a::b", "a::z"]
    assert both["counts"] == {"holds": 2, "not run": 1}
    assert (both["partial"], both["selected"], both["seconds"]) == (False, 3, 100.0)


def test_half_that_is_cut_off_too_is_partial() -> None:
    assert joined(report(partial=True), report(partial=True))["partial"]
