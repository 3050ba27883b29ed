# SPDX-License-Identifier: BSD-3-Clause
"""Proves what is told to have changed between two runs, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from ci import compare

CLAUSE = "conformance/a.py::test_a"


def case(how: str, observed: str = "", actual: str = "", clause: str = CLAUSE) -> dict[str, str]:
    return {
        "clause": clause,
        "promise": "It is so.",
        "how": how,
        "observed": observed,
        "actual": actual,
    }


def report(*cases: dict[str, str], release: str = "22.11.11", partial: bool = False) -> Any:
    return {
        "dpdk": f"DPDK {release}",
        "release": release,
        "called": f"DPDK {release}",
        "option": f"--release {release[:5]}",
        "partial": partial,
        "clauses": list(cases),
    }


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
        (case("not yet promised", "1"), case("holds"), compare.NEW),
        (case("not yet promised", "1"), case("breaks", "1"), compare.NEW),
        (case("holds"), case("not yet promised", "1"), compare.GONE),
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
    text = compare.told(before, after, [found])
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
    assert compare.told(both, both, []) == "DPDK 22.11.11 to DPDK 22.11.11: nothing changes"
