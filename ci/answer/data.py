# SPDX-License-Identifier: BSD-3-Clause
"""What a page shows, from the reports of one run or of many."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

from ci.answer import compare
from ci.answer.figures import figures
from ci.answer.states import HOLDS, STATES, state_of

# Of a case that does not hold, what the page tells.
_TOLD = ("how", "expected", "actual", "observed", "recorded", "seconds")


def chapter_of(clause: str) -> str:
    """The chapter of the contract that a node id belongs to: "rte_ring/deaths"."""
    return clause.partition("::")[0].removeprefix("conformance/").rpartition("/")[0]


def matrix(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each chapter, with the cases of each run that ended in each of STATES; all, at last."""
    counts = [
        Counter(
            (chapter, state_of(case["how"]))
            for case in report["clauses"]
            for chapter in (chapter_of(case["clause"]), "")
        )
        for report in reports
    ]
    chapters = sorted(
        {chapter for count in counts for chapter, _ in count}, key=lambda c: (not c, c)
    )
    return [
        {
            "chapter": chapter,
            "runs": [{state: count[chapter, state] for state in STATES} for count in counts],
        }
        for chapter in chapters
    ]


def clauses(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every clause once, in the order of their node ids, and what each run says of each of its cases."""
    found: dict[str, dict[str, Any]] = {}
    for number, report in enumerate(reports):
        for case in report["clauses"]:
            address, _, parameters = case["clause"].partition("[")
            clause = found.setdefault(address, {"address": address, "cases": {}})
            # The last run tells: a promise that has changed is the newer one.
            for key in ("promise", "source", "since", "strength"):
                clause[key] = case[key] or clause.get(key, "")
            runs = clause["cases"].setdefault(parameters.removesuffix("]"), [None] * len(reports))
            runs[number] = _case(case)
    for clause in found.values():
        clause["chapter"] = chapter_of(clause["address"])
        clause["cases"] = [{"id": name, "runs": runs} for name, runs in clause["cases"].items()]
    return [found[address] for address in sorted(found)]


def _case(case: dict[str, Any]) -> dict[str, Any]:
    state = state_of(case["how"])
    if state == HOLDS:
        return {"state": HOLDS}
    told = {key: case[key] for key in _TOLD if case.get(key)}
    told["state"] = state
    if case.get("events"):
        told["events"] = [
            [event["at_us"], event["who"], event["what"], event["text"], event.get("to", "")]
            for event in case["events"]
        ]
    if case.get("files"):
        told["files"] = case["files"]
    return told


def changes(reports: list[dict[str, Any]], pairs: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """What changed between the runs of each pair, by kind."""
    found = []
    for one, other in pairs:
        changed = compare.changes(reports[one], reports[other])
        found.append(
            {
                "before": one,
                "after": other,
                "figures": figures(reports[one], reports[other]),
                "kinds": [
                    {
                        "kind": kind,
                        "meaning": meaning,
                        "count": sum(len(c.cases) for c in changed if c.kind == kind),
                        "changes": [change for change in changed if change.kind == kind],
                    }
                    for kind, meaning in compare.KINDS.items()
                    if any(change.kind == kind for change in changed)
                ],
            }
        )
    return found


def neighbours(reports: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Each run and the one that follows it."""
    return list(pairwise(range(len(reports))))
