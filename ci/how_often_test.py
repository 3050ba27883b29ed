# SPDX-License-Identifier: BSD-3-Clause
"""Proves that failures are counted by the way in which they fail, and how sure a share of them is."""

from __future__ import annotations

from typing import Any

import pytest

from ci import how_often
from conformance.verdicts.verdict import MACHINE


def _report(*cases: tuple[str, str, str]) -> dict[str, Any]:
    keys = ("clause", "how", "actual")
    return {"clauses": [dict(zip(keys, case)) for case in cases]}


def test_each_way_of_failing_is_counted_and_the_commonest_comes_first() -> None:
    found = how_often.of(
        _report(
            ("a", "breaks", "hang: x"),
            ("a", "breaks as recorded", "primary1 died: SIGSEGV\nits last words"),
            ("a", "breaks differently", "primary1 died: SIGSEGV"),
            ("a", "holds", ""),
        )
    )
    assert (found.failed, found.told) == (3, 4)
    assert found.lines() == [
        "it failed 3 of 4 times, in 2 ways: between 30.1% and 95.4% of all times, with a confidence of "
        "95%",
        "     2  primary1 died: SIGSEGV",
        "     1  hang: x",
        "     1  it holds",
    ]


def test_what_could_not_tell_is_no_failure_and_does_not_hold() -> None:
    found = how_often.of(_report(("a", MACHINE, "slow"), ("a", "not run", "needs hugepages")))
    assert (found.failed, found.told) == (0, 0)
    assert found.lines()[0] == "no run could tell whether it fails"
    assert "     1  says nothing: not run: needs hugepages" in found.lines()


def test_addresses_are_no_part_of_the_way() -> None:
    found = how_often.of(
        _report(("a", "breaks", "r=0x1003d9cc0"), ("a", "breaks", "r=0x1003d9c80"))
    )
    assert dict(found.failures) == {"r=0x...": 2}


def test_the_same_observation_of_two_cases_is_two_ways() -> None:
    found = how_often.of(_report(("a", "breaks", "hang"), ("b", "breaks", "hang")))
    assert sorted(found.failures) == ["a: hang", "b: hang"]


@pytest.mark.parametrize(
    "failed, told, low, high",
    # Figures that are printed for this interval in tables.
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 50, 0.0035, 0.1050), (5, 10, 0.2366, 0.7634)],
)
def test_interval(failed: int, told: int, low: float, high: float) -> None:
    assert how_often.interval(failed, told) == pytest.approx((low, high), abs=1e-4)
