# SPDX-License-Identifier: BSD-3-Clause
"""The answer to "what changes between two DPDKs?": two runs of the contract, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.verdicts.verdict import NOT_YET

REGRESSED = "regressed"
MENDED = "mended"
DIFFERENTLY = "breaks differently"
NEW = "not run before"
GONE = "not run now"
UNKNOWN = "not comparable"

# What each kind means, in the order of the answer: the worst first.
KINDS = {
    REGRESSED: "held, and breaks now",
    DIFFERENTLY: "breaks in both, and not alike",
    UNKNOWN: "one of the runs could not tell",
    GONE: "was run, and cannot be now",
    NEW: "could not be run or was not promised, and is now",
    MENDED: "broke, and holds now",
}


@dataclass(frozen=True)
class Seen:
    """What a run says of one case.

    state: "holds", "breaks", "not run" or "unknown".  told: what it saw.
    """

    state: str
    told: str


@dataclass(frozen=True)
class Change:
    """Cases of one clause that changed alike, from one run to the next.

    clause: the node id without parameters.  cases: the parameters of each, "" where it has none.
    """

    kind: str
    clause: str
    promise: str
    before: str
    after: str
    cases: tuple[str, ...]

    @property
    def node_id(self) -> str:
        """A node id that shows it."""
        return self.clause + (f"[{self.cases[0]}]" if self.cases[0] else "")


def _seen(case: dict[str, Any] | None) -> Seen:
    if case is None:
        return Seen("not run", "no such case")
    if case["how"].startswith("holds"):
        return Seen("holds", "holds")
    if case["how"].startswith("breaks"):
        return Seen("breaks", case["observed"] or case["actual"])
    if case["how"] == NOT_YET:
        return Seen("not run", NOT_YET)
    if case["how"] == "not run":
        return Seen("not run", f"not run: {case['actual']}")
    return Seen("unknown", case["how"])


def _kind(before: Seen, after: Seen) -> str | None:
    """None where nothing has changed."""
    if "unknown" in (before.state, after.state):
        return UNKNOWN
    if before.state == after.state:
        return DIFFERENTLY if before.state == "breaks" and before.told != after.told else None
    if before.state == "not run":
        return NEW
    if after.state == "not run":
        return GONE
    return MENDED if after.state == "holds" else REGRESSED


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """What changed between two runs, as their report.json holds them: the worst first, and within a kind
    by clause. A case that only one partial run has come to is left out."""
    first, second = (
        {case["clause"]: case for case in report["clauses"]} for report in (before, after)
    )
    names = first.keys() | second.keys()
    if before["partial"] or after["partial"]:
        names = first.keys() & second.keys()
    alike: dict[tuple[str, str, str, str, str], list[str]] = {}
    for name in sorted(names):
        was, now = _seen(first.get(name)), _seen(second.get(name))
        kind = _kind(was, now)
        if kind is None:
            continue
        clause, _, case = name.partition("[")
        promise = (second.get(name) or first[name])["promise"]
        key = (kind, clause, promise, was.told, now.told)
        alike.setdefault(key, []).append(case.removesuffix("]"))
    order = list(KINDS)
    found = [Change(*key, tuple(cases)) for key, cases in alike.items()]
    return sorted(found, key=lambda change: (order.index(change.kind), change.clause))


def told(before: dict[str, Any], after: dict[str, Any], found: list[Change]) -> str:
    """The answer as text: a line of figures, then each kind with its clauses.

    before, after: as changes() takes them; `called` is what the text calls them, `option` what ci/qualify
    is given for each.
    """
    counts = [
        f"{sum(len(change.cases) for change in found if change.kind == kind)} {kind}"
        for kind in KINDS
        if any(change.kind == kind for change in found)
    ]
    lines = [f"{before['called']} to {after['called']}: {', '.join(counts) or 'nothing changes'}"]
    for kind, meaning in KINDS.items():
        its = [change for change in found if change.kind == kind]
        if its:
            lines += ["", f"  {kind.upper()} ({meaning})"]
        for change in its:
            lines += _lines(change, before, after)
    return "\n".join(lines)


def _lines(change: Change, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    width = max(len(report["called"]) for report in (before, after))
    both = f"{before['option']} {after['option']}"
    cases = f" ({len(change.cases)} cases)" if len(change.cases) > 1 else ""
    return [
        f"    {change.promise}{cases}",
        f"        {before['called']:{width}}  {_short(change.before)}",
        f"        {after['called']:{width}}  {_short(change.after)}",
        f"        {'alone':{width}}  ci/qualify {both} '{change.node_id}'",
    ]


def _short(text: str, most: int = 160) -> str:
    """The text on one line of no more than so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 4]} ..."
