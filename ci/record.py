# SPDX-License-Identifier: BSD-3-Clause
"""ci/record: puts on record what runs have seen, and says what only a reader of DPDK can put there."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field, replace
from typing import Any

from ci.answer import runs
from ci.host import packages, where
from ci.host.say import CannotRun, give_up, step
from conformance.verdicts.expected import (
    RECORD,
    Breach,
    ExpectedError,
    Record,
    numbers,
    written,
)
from traffic.ports import named as port_kinds

ME = "ci/record"

EPILOG = """
A breach that another release shows just so is noted as seen on this one, too. Everything else needs
somebody who looks it up in DPDK's source, and is printed: an entry to be completed, with the releases
that brought and mended it; a breach whose entry says that this release has none; and a clause that holds
where its entry says that it breaks.
Exit status: 0 all that the runs saw is on record; 1 something is left to be looked up; 2 a report cannot
be read.
"""


@dataclass
class Found:
    """What a run has seen that its release's record does not say.

    new: entries to be completed.  early: breaches where the entry says that there are none.  held:
    clauses that hold where one was expected to break.
    """

    seen: list[Breach] = field(default_factory=list)
    new: list[Breach] = field(default_factory=list)
    early: list[Breach] = field(default_factory=list)
    held: list[Breach] = field(default_factory=list)

    @property
    def left(self) -> bool:
        """Whether somebody has to look something up."""
        return bool(self.new or self.early or self.held)


def compared(record: Record, report: dict[str, Any]) -> Found:
    """What a report says, beside what is on record."""
    release = numbers(report["release"])
    port = port_kinds.parse(report["port"]).names
    expected, by_clause = record.of(release, *port), record.by_clause(*port)
    found = Found()
    for case in report["clauses"]:
        if case["how"].startswith("holds") and case["clause"] in expected:
            found.held.append(expected[case["clause"]])
        if not case["how"].startswith("breaks"):
            continue
        entries = by_clause.get(case["clause"], [])
        alike = [breach for breach in entries if breach.observed == case["observed"]]
        predicted = [breach for breach in alike if breach.predicted_for(release)]
        if any(breach.seen_on(release) for breach in alike):
            continue
        if predicted:
            found.seen.append(predicted[0])
        elif alike:
            found.early.append(alike[0])
        else:
            found.new.append(_draft(case, report["release"]))
    return found


def _draft(case: dict[str, Any], release: str) -> Breach:
    return Breach(
        clause=case["clause"],
        observed=case["observed"],
        since=("?",),
        seen=(release,),
        upstream="?",
        why="?",
    )


def noted(record: Record, seen: list[Breach], release: str) -> Record:
    """The record, in which these were seen on a release, too."""

    def note(breach: Breach) -> Breach:
        if breach not in seen:
            return breach
        return replace(breach, seen=tuple(sorted((*breach.seen, release), key=numbers)))

    return replace(record, breaches=tuple(map(note, record.breaches)))


def told(found: Found, release: str) -> str:
    """What is left to be looked up."""
    parts = []
    if found.new:
        parts.append("To be completed, and put into the record:\n\n" + written(found.new))
    for breach in found.early:
        parts.append(f"seen on {release}, and on record is {breach.history}: {breach.clause}")
    for breach in found.held:
        parts.append(f"holds on {release}, and on record is {breach.history}: {breach.clause}")
    return "\n".join(parts)


def main(argv: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog=ME,
        description="Puts on record what runs of the contract have seen.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("report", nargs="+", help="the report.json of a run")
    given = parser.parse_args(argv).report
    packages.install(ME, packages.RUN)
    reports = [runs.read(where.path_of(path)) for path in given]
    record, left = Record.read(RECORD), False
    for report in reports:
        release = str(report["release"])
        found = compared(record, report)
        record = noted(record, found.seen, release)
        text = told(found, release)
        print(text + "\n" if text else "", end="")
        left = left or found.left
        step(
            ME,
            f"{report['dpdk']}: {len(found.seen)} more seen as on record; to be looked up: "
            f"{len(found.new)} new, {len(found.early)} earlier or later than on record, "
            f"{len(found.held)} that hold",
        )
    RECORD.write_text(record.text(), encoding="utf-8")
    return int(left)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CannotRun, ExpectedError) as error:
        give_up(ME, error)
