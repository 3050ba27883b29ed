# SPDX-License-Identifier: BSD-3-Clause
"""Proves what is told to have changed between two runs, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from ci.answer import compare
from ci.answer.example import CLAUSE, case, report

# What a case is not run for, where that says something of DPDK.
LATER = "needs DPDK 25.03 or later: staged rings"
ABSENT = "rte_thing is not in DPDK 26.11"

FINE = {"primary1 mp_reply": ["ret 0"], "primary1 end": ["exit 0"]}
REFUSED = {"primary1 mp_reply": ["ret -1, rte_errno EINVAL"], "primary1 end": ["exit 0"]}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (case("holds"), case("breaks", "1"), compare.REGRESSED),
        (case("breaks as recorded", "1"), case("holds"), compare.MENDED),
        (case("breaks as recorded", "1"), case("holds though recorded as broken"), compare.MENDED),
        (case("breaks as recorded", "1"), case("breaks", "2"), compare.DIFFERENTLY),
        (case("not run"), case("holds"), compare.NEW),
        (case("not run"), case("breaks", "1"), compare.NEW),
        (case("holds"), case("not run"), compare.GONE),
        (case("not yet promised", "1"), case("holds"), compare.PROMISED),
        (case("not yet promised", "1"), case("breaks", "1"), compare.PROMISED),
        (case("not run", actual=LATER), case("holds"), compare.PROMISED),
        (case("holds"), case("not run", actual=ABSENT), compare.DROPPED),
        (case("holds", outcomes=FINE), case("holds", outcomes=REFUSED), compare.CHANGED),
        (case("holds"), case("inconclusive"), compare.UNKNOWN),
        (case("Gauntlet's own fault"), case("breaks", "1"), compare.UNKNOWN),
    ],
)
def test_every_change_has_its_kind(before: Any, after: Any, kind: str) -> None:
    [found] = compare.changes(report(before), report(after))
    assert (found.kind, found.node_id) == (kind, CLAUSE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (case("holds"), case("holds")),
        (case("breaks as recorded", "1"), case("breaks", "1")),
        (case("breaks differently", "1"), case("breaks", "1")),
        (case("not run", actual="no NIC"), case("not run", actual="no peer")),
        (case("not run", actual=LATER), case("not yet promised", "1")),
        (case("holds", outcomes=FINE), case("holds", outcomes=FINE)),
        (case("breaks", "1", outcomes=FINE), case("breaks", "1", outcomes=REFUSED)),
    ],
)
def test_what_is_alike_is_not_told(before: Any, after: Any) -> None:
    assert compare.changes(report(before), report(after)) == []


def test_cases_that_change_alike_are_told_once() -> None:
    names = [f"{CLAUSE}[{name}]" for name in ("primary", "secondary")]
    before = report(*(case("holds", clause=name) for name in names))
    after = report(*(case("breaks", "1", clause=name) for name in names), release="24.11.8")
    [found] = compare.changes(before, after)
    assert (found.cases, found.node_id) == (("primary", "secondary"), names[0])
    text = compare.told(before, after, [found], [])
    assert text.startswith("DPDK 22.11.11 to DPDK 24.11.8: 2 regressed\n")
    assert f"ci/qualify --release 22.11 --release 24.11 '{names[0]}'" in text


def test_a_case_that_a_partial_run_has_not_come_to_has_not_changed() -> None:
    before = report(case("holds"))
    assert compare.changes(before, report(partial=True)) == []
    assert [change.kind for change in compare.changes(before, report())] == [compare.GONE]


def test_the_worst_comes_first() -> None:
    before = report(case("breaks", "1", clause="a::a"), case("holds", clause="z::z"))
    after = report(case("holds", clause="a::a"), case("breaks", "1", clause="z::z"))
    kinds = [change.kind for change in compare.changes(before, after)]
    assert kinds == [compare.REGRESSED, compare.MENDED]


def test_nothing_changes_is_said() -> None:
    both = report(case("holds"))
    assert compare.told(both, both, [], []) == "DPDK 22.11.11 to DPDK 22.11.11: nothing changes"


def test_what_calls_answer_otherwise_is_told_without_the_rest() -> None:
    before, after = report(case("holds", outcomes=FINE)), report(case("holds", outcomes=REFUSED))
    [found] = compare.changes(before, after)
    assert found.before == "primary1 mp_reply: ret 0"
    assert found.after == "primary1 mp_reply: ret -1, rte_errno EINVAL"


def test_why_it_breaks_is_told() -> None:
    before, after = report(case("breaks as recorded", "1")), report(case("holds"))
    [found] = compare.changes(before, after)
    assert found.because == "It is not so. (since 18.05; upstream: none)"
    assert f"because        {found.because}\n" in compare.told(before, after, [found], [])


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (
            "ci/qualify --release 22.11",
            "ci/qualify --release 24.11",
            "ci/qualify --release 22.11 --release 24.11",
        ),
        ("ci/validate", "ci/validate", "ci/validate"),
        ("ci/validate", "ci/qualify --release 24.11", "ci/qualify --release 24.11"),
    ],
)
def test_command_shows_it_on_both_where_one_can(first: str, second: str, told: str) -> None:
    assert compare.alone(report(alone=first), report(alone=second)) == told
