# SPDX-License-Identifier: BSD-3-Clause
"""A run that there is not has a row in the table, is red on the page, and an error in junit.xml."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from ci.answer import page, runs, side_by_side
from ci.answer.example import case, report
from ci.far import lost
from ci.summary import summary

WHY = "the connection to lab2 was lost"
LOST = lost.report_of("lab2 net_tap", "net_tap", WHY, "ci/hosts x.toml #")


def test_it_is_a_report_and_never_green() -> None:
    assert runs.checked(LOST, Path("report.json")) == LOST
    assert summary(LOST)[1] == 2


def test_table_and_page_tell_it() -> None:
    both = [report(case("holds"), called="lab1 net_tap"), LOST]
    (row,) = [line for line in side_by_side.table(both).splitlines() if line.startswith("ci/hosts")]
    assert row.split() == [lost.CLAUSE, "-", "1G"]
    assert WHY in page.html(both, [])


def test_junit_has_an_error(tmp_path: Path) -> None:
    lost.write_junit(tmp_path / "a" / "junit.xml", WHY)
    (error,) = ElementTree.parse(tmp_path / "a" / "junit.xml").iter("error")
    assert error.get("message") == WHY
