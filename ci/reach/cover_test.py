# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the chosen cases reach all, as often as asked, and that the choice is the cheap one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci import coverage
from ci.host.say import CannotRun
from ci.reach import cover


def _reached(**cases: str) -> dict[str, frozenset[object]]:
    return {case: frozenset(places) for case, places in cases.items()}


def test_everything_is_reached_by_the_fewest() -> None:
    reached = _reached(one="ab", two="bc", all="abc", rest="d")
    assert cover.choose(reached, {}, 1) == ["all", "rest"]


def test_each_place_is_reached_as_often_as_asked_where_it_can_be() -> None:
    reached = _reached(one="ab", two="bc", all="abc", rest="d")
    chosen = cover.choose(reached, {}, 2)
    counts = [sum(place in reached[case] for case in chosen) for place in "abcd"]
    assert counts[3] == 1 and min(counts[:3]) >= 2


def test_cheap_cases_are_preferred() -> None:
    reached = _reached(slow="ab", quick="a", brief="b")
    assert cover.choose(reached, {"slow": 9.0, "quick": 0.1, "brief": 0.1}, 1) == ["brief", "quick"]


def test_nothing_is_chosen_where_nothing_is_reached() -> None:
    assert cover.choose(_reached(one="", two=""), {}, 3) == []


def test_what_is_reached_by_chance_is_not_counted_on() -> None:
    first, second = _reached(one="ab", two="b", gone="c"), _reached(one="a", two="bd")
    assert cover.every_time([first, second]) == _reached(one="a", two="b")


def test_choice_is_read_as_it_was_written(tmp_path: Path) -> None:
    cover.write(tmp_path / "cases", ["a.py::b[c d]", "a.py::e"], "what\nthey are")
    assert cover.read(tmp_path / "cases") == ["a.py::b[c d]", "a.py::e"]


def test_missing_choice_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="--choose"):
        cover.read(tmp_path / "cases")


def test_every_chosen_case_is_of_a_clause_that_there_is() -> None:
    for case in cover.read(coverage.CHOSEN):
        file, _, name = case.partition("::")
        text = (coverage.ROOT / file).read_text(encoding="utf-8")
        assert f"def {name.partition('[')[0]}(" in text, case
