# SPDX-License-Identifier: BSD-3-Clause
"""Proves which figures are said to have changed."""

from __future__ import annotations

import pytest

from ci.answer import deaths, figures
from ci.answer.deaths_test import RINGS
from ci.answer.example import case, report
from conformance.deaths.range import Range
from conformance.deaths.table import Table

BEFORE = Table("g++ 12", {name: [Range(0, 4, "nothing is gone", "here")] for name in "abcdef"})
AFTER = Table("g++ 12", {name: [Range(0, 4, "8 are gone", "here")] for name in "abcdef"})


class Tables:
    """The published tables of two releases."""

    def load(self, release: tuple[int, ...]) -> Table:
        """The one before 24.11, or the one from then on."""
        return AFTER if release >= (24, 11) else BEFORE


def test_sizes_that_changed_are_told() -> None:
    before, after = report(), report(sizes={"max_fd_num": 253, "datagram": 340})
    assert figures.figures(before, after) == ["datagram: none to 340", "max_fd_num: 8 to 253"]
    assert figures.figures(before, before) == []


def test_tables_that_changed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deaths, "MAPS", (("rings", Tables(), RINGS),))
    before = report(case("holds", clause=RINGS))
    after = report(case("holds", clause=RINGS), release="24.11.8")
    assert figures.figures(before, after) == [
        "what a death leaves in rings differs in 6 operations: a, b, c, d and 2 more"
    ]
    assert figures.figures(before, before) == []
    assert figures.figures(before, report(release="24.11.8")) == []
