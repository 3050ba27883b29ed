# SPDX-License-Identifier: BSD-3-Clause
"""The text of a bug report: what is promised, the steps, what was seen on which release, and stacks."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from ci import how_often
from ci.how_often import HowOften
from conformance.scenario.recorded import clause_of
from conformance.verdicts import contract
from conformance.verdicts.expected import Breach, Record, numbers

ROOT = Path(__file__).resolve().parent.parent

# The end of a process's output says enough: a report is a mail.
_MOST_LINES = 30
WIDTH = 80


@dataclass(frozen=True)
class Seen:
    """What the runs on one DPDK came to. report: as report.json has it."""

    report: dict[str, Any]
    found: HowOften

    @property
    def failure(self) -> dict[str, Any] | None:
        """The first case that failed; None where all held."""
        bad = (
            case
            for case in self.report["clauses"]
            if case["how"] not in ("holds", *how_often.UNTOLD)
        )
        return next(bad, None)


def known(clause: str, release: str) -> Breach | None:
    """What is on record of this clause and release, or, where nothing is, of another release."""
    recorded = Record.read().by_clause().get(clause, [])
    here = [one for one in recorded if one.seen_on(numbers(release))]
    return next(iter([*here, *recorded]), None)


def source_of(clause: str) -> str:
    """The words that the clause quotes; "" where it is no clause of ours."""
    parts = contract.read(ROOT).values()
    address = clause.partition("[")[0]
    return next((one.source for part in parts for one in part if one.address == address), "")


def written(seen: list[Seen], scenario: str, program: str, judges: bool) -> str:
    """The report. seen: the runs, of which at least one failed.  scenario: its text, which may begin
    with the clause that it belongs to.  program: the name of its C file, "" where it has none.  judges:
    whether the scenario expects what is promised, and not only what was seen."""
    clause = clause_of(scenario)
    first = next(one for one in seen if one.failure)
    case = first.failure
    assert case is not None
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["folded"] = lambda text: textwrap.fill(text, WIDTH)
    return environment.get_template("bug_report.txt").render(
        case=case,
        source=source_of(clause),
        machine=first.report["machine"],
        compiler=first.report["compiler"],
        seen=[(one.report["dpdk"], one.found.lines()) for one in seen],
        steps=_numbered(scenario),
        known=known(clause, first.report["release"]),
        program=program,
        judges=judges,
        files={name: _end(text) for name, text in sorted(case.get("files", {}).items())},
    )


def _numbered(scenario: str) -> list[str]:
    lines = scenario.rstrip().splitlines()
    return [f"{number:4}  {line}".rstrip() for number, line in enumerate(lines, 1)]


def _end(text: str) -> list[str]:
    return text.rstrip().splitlines()[-_MOST_LINES:]
