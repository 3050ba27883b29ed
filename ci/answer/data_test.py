# SPDX-License-Identifier: BSD-3-Clause
"""Proves what a page is told: every case once, under its clause, with what each run saw."""

from __future__ import annotations

from ci.answer import data, states
from ci.answer.example import case, report

EVENT = {"at_us": 7, "who": "primary1", "what": "message", "text": "ping", "to": "secondary1"}


def test_matrix_counts_cases_by_chapter_and_all() -> None:
    first = report(case("holds"), case("breaks", "1", clause="conformance/b/c/test_x.py::test_x"))
    rows = data.matrix([first, report(case("not run"))])
    assert [row["chapter"] for row in rows] == ["a", "b/c", ""]
    assert rows[0]["runs"][0] == {**dict.fromkeys(states.STATES, 0), states.HOLDS: 1}
    assert rows[1]["runs"][1] == dict.fromkeys(states.STATES, 0)
    assert rows[2]["runs"][0] == {**dict.fromkeys(states.STATES, 0), states.HOLDS: 1, states.RED: 1}


def test_clause_has_its_cases_and_each_what_every_run_saw() -> None:
    first = report(case("holds", clause="conformance/a/t.py::t[x]"))
    second = report(
        case("breaks as recorded", "1", clause="conformance/a/t.py::t[x]", events=[EVENT]),
        case("holds", clause="conformance/a/t.py::t[y]", promise="It is so again."),
    )
    [clause] = data.clauses([first, second])
    assert (clause["address"], clause["promise"]) == ("conformance/a/t.py::t", "It is so again.")
    one, other = clause["cases"]
    assert one["id"] == "x" and one["runs"][0] == {"state": states.HOLDS}
    assert one["runs"][1]["events"] == [[7, "primary1", "message", "ping", "secondary1"]]
    assert other == {"id": "y", "runs": [None, {"state": states.HOLDS}]}


def test_changes_are_counted_by_case() -> None:
    names = ("conformance/a/t.py::t[x]", "conformance/a/t.py::t[y]")
    before = report(*(case("holds", clause=name) for name in names))
    after = report(*(case("breaks", "1", clause=name) for name in names))
    [pair] = data.changes([before, after], [(0, 1)])
    assert [(kind["kind"], kind["count"]) for kind in pair["kinds"]] == [("regressed", 2)]
