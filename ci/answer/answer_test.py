# SPDX-License-Identifier: BSD-3-Clause
"""Proves which runs are compared, what the exit status is, and what bad names are told."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from ci.answer import answer, data
from ci.answer.example import case, report
from ci.host.say import COULD_NOT_RUN, CannotRun

REPORTS = [
    report(release="22.11.11"),
    report(release="24.11.8"),
    report(release="24.11.8", called="mine (DPDK 24.11.8)"),
]


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("holds", "holds", 0),
        ("breaks", "holds", 0),
        ("holds", "breaks", 1),
        ("holds", "inconclusive", COULD_NOT_RUN),
        ("holds", "not run", COULD_NOT_RUN),
        ("not run", "holds", 0),
    ],
)
def test_what_regressed_is_the_exit_status(before: str, after: str, status: int) -> None:
    reports = [report(case(before)), report(case(after), release="24.11.8")]
    assert answer.text_of(reports, data.neighbours(reports))[1] == status


def test_each_release_is_compared_with_the_next_one() -> None:
    reports = [report(case("holds"), release=name) for name in ("20.11.10", "22.11.11", "24.11.8")]
    first, second = answer.text_of(reports, data.neighbours(reports))[0].split("\n\n")
    assert first == "DPDK 20.11.10 to DPDK 22.11.11: nothing changes"
    assert second == "DPDK 22.11.11 to DPDK 24.11.8: nothing changes"


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        (None, None, [(0, 1), (1, 2)]),
        ("22.11", None, [(0, 2)]),
        ("22.11.11", "24.11", [(0, 1)]),
        ("mine", "DPDK 22.11.11", [(2, 0)]),
        (None, "24.11.8", [(0, 1)]),
    ],
)
def test_runs_are_named(
    before: str | None, after: str | None, pairs: list[tuple[int, int]]
) -> None:
    assert answer.pairs(REPORTS, before, after) == pairs


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("23.11", None, "23.11 is none of them: DPDK 22.11.11, DPDK 24.11.8, mine"),
        ("22.11", "22.11", "DPDK 22.11.11 cannot be compared with itself"),
    ],
)
def test_name_that_cannot_be_meant_is_told(before: str, after: str | None, why: str) -> None:
    with pytest.raises(CannotRun, match=why):
        answer.pairs(REPORTS, before, after)


def test_name_of_two_runs_is_refused() -> None:
    with pytest.raises(CannotRun, match="22.11 is several of them"):
        answer.named([report(), report()], "22.11")


def test_junit_has_a_suite_for_each_release(tmp_path: Path) -> None:
    for name in ("22.11", "24.11"):
        (tmp_path / name).write_text(
            '<testsuites><testsuite name="pytest"><testcase name="a"/></testsuite></testsuites>'
        )
    into = tmp_path / "junit.xml"
    answer.merge_junit({name: tmp_path / name for name in ("22.11", "24.11")}, into)
    suites = list(ElementTree.parse(into).iter("testsuite"))
    assert [(suite.get("name"), len(suite)) for suite in suites] == [("22.11", 1), ("24.11", 1)]
