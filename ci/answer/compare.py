# SPDX-License-Identifier: BSD-3-Clause
"""The answer to "what changes between two DPDKs?": two runs of the contract, side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from conformance.verdicts.verdict import NOT_YET

QUALIFY = "ci/qualify "

REGRESSED = "regressed"
MENDED = "mended"
DIFFERENTLY = "breaks differently"
NEW = "not run before"
GONE = "not run now"
PROMISED = "new promise"
DROPPED = "no longer promised"
UNKNOWN = "not comparable"
CHANGED = "changed though both hold"

# What a peer says of a function that its DPDK does not have.
_ABSENT = re.compile(r" is not in DPDK |^needs DPDK [0-9.]+ or later")

# What each kind means, in the order of the answer: the worst first.
KINDS = {
    REGRESSED: "held, and breaks now",
    DIFFERENTLY: "breaks in both, and not alike",
    UNKNOWN: "one of the runs could not tell",
    GONE: "was run, and cannot be now",
    DROPPED: "was promised, and DPDK has the function no more",
    CHANGED: "calls answer otherwise, or a process ends otherwise, and no promise is broken",
    NEW: "could not be run, and is now",
    PROMISED: "DPDK has not promised it before",
    MENDED: "broke, and holds now",
}


@dataclass(frozen=True)
class Seen:
    """What a run says of one case.

    state: "holds", "breaks", "not run", "not promised" or "unknown".  told: what it saw.  because: why,
    as recorded.
    """

    state: str
    told: str
    because: str = ""


@dataclass(frozen=True)
class Change:
    """Cases of one clause that changed alike, from one run to the next.

    clause: the node id without parameters.  cases: the parameters of each, "" where it has none.
    because: why the one that breaks does so, as recorded.
    """

    kind: str
    clause: str
    promise: str
    before: str
    after: str
    because: str
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
        return Seen("breaks", case["observed"] or case["actual"], case["recorded"])
    if case["how"] == NOT_YET:
        return Seen("not promised", NOT_YET)
    if case["how"] == "not run":
        absent = _ABSENT.search(case["actual"])
        return Seen("not promised" if absent else "not run", f"not run: {case['actual']}")
    return Seen("unknown", case["how"])


def _kind(before: Seen, after: Seen) -> str | None:
    """None where the verdict has not changed."""
    run = ("holds", "breaks")
    if "unknown" in (before.state, after.state):
        return UNKNOWN
    if before.state not in run and after.state not in run:
        return None
    if before.state == after.state:
        return DIFFERENTLY if before.state == "breaks" and before.told != after.told else None
    if before.state not in run:
        return PROMISED if before.state == "not promised" else NEW
    if after.state not in run:
        return DROPPED if after.state == "not promised" else GONE
    return MENDED if after.state == "holds" else REGRESSED


def _otherwise(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> tuple[str, str] | None:
    """What the calls of a case that holds answered in each run, where they answered otherwise."""
    if before is None or after is None or {before["how"], after["how"]} != {"holds"}:
        return None
    was, now = before.get("outcomes", {}), after.get("outcomes", {})
    names = [name for name in sorted(was.keys() | now.keys()) if was.get(name) != now.get(name)]
    if not names:
        return None
    told = (
        "; ".join(f"{name}: {' | '.join(of.get(name, ['none']))}" for name in names)
        for of in (was, now)
    )
    return next(told), next(told)


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """What changed between two runs, as their report.json holds them: the worst first, and within a kind
    by clause. A case that only one partial run has come to is left out."""
    first, second = (
        {case["clause"]: case for case in report["clauses"]} for report in (before, after)
    )
    names = first.keys() | second.keys()
    if before["partial"] or after["partial"]:
        names = first.keys() & second.keys()
    alike: dict[tuple[str, str, str, str, str, str], list[str]] = {}
    for name in sorted(names):
        was, now = _seen(first.get(name)), _seen(second.get(name))
        kind, told = _kind(was, now), (was.told, now.told)
        if kind is None:
            otherwise = _otherwise(first.get(name), second.get(name))
            if otherwise is None:
                continue
            kind, told = CHANGED, otherwise
        clause, _, case = name.partition("[")
        promise = (second.get(name) or first[name])["promise"]
        key = (kind, clause, promise, *told, now.because or was.because)
        alike.setdefault(key, []).append(case.removesuffix("]"))
    order = list(KINDS)
    found = [Change(*key, tuple(cases)) for key, cases in alike.items()]
    return sorted(found, key=lambda change: (order.index(change.kind), change.clause))


def told(
    before: dict[str, Any], after: dict[str, Any], found: list[Change], figures: list[str]
) -> str:
    """The answer as text: what has changed of the figures, then each kind with its clauses.

    before, after: as changes() takes them; `called` is what the text calls them, `alone` the command that
    runs a clause on them.
    """
    counts = [
        f"{sum(len(change.cases) for change in found if change.kind == kind)} {kind}"
        for kind in KINDS
        if any(change.kind == kind for change in found)
    ]
    lines = [f"{before['called']} to {after['called']}: {', '.join(counts) or 'nothing changes'}"]
    lines += [f"  {line}" for line in figures]
    for kind, meaning in KINDS.items():
        its = [change for change in found if change.kind == kind]
        if its:
            lines += ["", f"  {kind.upper()} ({meaning})"]
        for change in its:
            lines += _lines(change, before, after)
    return "\n".join(lines)


def _lines(change: Change, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    width = max(len(report["called"]) for report in (before, after))
    cases = f" ({len(change.cases)} cases)" if len(change.cases) > 1 else ""
    return [
        f"    {change.promise}{cases}",
        f"        {before['called']:{width}}  {_short(change.before)}",
        f"        {after['called']:{width}}  {_short(change.after)}",
        *([f"        {'because':{width}}  {change.because}"] if change.because else []),
        f"        {'alone':{width}}  {alone(before, after)} '{change.node_id}'",
    ]


def alone(before: dict[str, Any], after: dict[str, Any]) -> str:
    """The command that shows a clause on both; where one command cannot, on the later one."""
    first, second = before["alone"], after["alone"]
    both = first != second and all(told.startswith(QUALIFY) for told in (first, second))
    return f"{first} {second.removeprefix(QUALIFY)}" if both else str(second)


def _short(text: str, most: int = 160) -> str:
    """The text on one line of no more than so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 4]} ..."
