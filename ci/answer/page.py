# SPDX-License-Identifier: BSD-3-Clause
"""The page of one run or of many: one HTML file that needs nothing else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ci import summary
from ci.answer import compare, costs, data, deaths, states
from conformance.verdicts.contract import STRENGTHS

HERE = Path(__file__).parent

# So many red cases stand on the first screen; the rest is in the list.
MOST_RED = 20

# How the page calls each state, after a number.
WORDS = {
    states.RED: "red",
    states.FAULT: "own fault",
    states.BROKEN: "broken",
    states.HOLDS: "hold",
    states.NOT_RUN: "not run",
}


def short(text: str, most: int = 300) -> str:
    """The text, cut after so many characters."""
    return text if len(text) <= most else f"{text[: most - 4]} ..."


def command(alone: str, clause: str) -> Markup:
    """A command that can be copied."""
    text = f"{alone} '{clause}'" if clause else alone
    return Markup(
        '<span class="command"><code>{0}</code>'
        '<button type="button" class="copy" data-copy="{0}">copy</button></span>'
    ).format(text)


def verdict(reports: list[dict[str, Any]], pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """The first sentence, what colours it, what comes of each run or pair, and what must be known before
    it is believed."""
    counts = Counter(states.state_of(case["how"]) for one in reports for case in one["clauses"])
    regressed = sum(
        kind["count"]
        for pair in pairs
        for kind in pair["kinds"]
        if kind["kind"] == compare.REGRESSED
    )
    red = counts[states.RED]
    are_red = f"{red} {'case is' if red == 1 else 'cases are'} red" if red else "nothing is red"
    if pairs:
        sentence = f"{_cases(regressed)} regressed; {are_red}"
        lines = [
            f"{reports[pair['before']]['called']} to {reports[pair['after']]['called']}: "
            + (", ".join(f"{k['count']} {k['kind']}" for k in pair["kinds"]) or "nothing changes")
            for pair in pairs
        ]
    else:
        sentence = are_red.capitalize()
        lines = [f"{one['called']} on {one['port']}: {summary.counted(one)}" for one in reports]
    colours = {
        states.RED: regressed + red,
        states.FAULT: counts[states.FAULT],
        "partial": any(report["partial"] for report in reports),
    }
    remarks = [(one["called"], remark) for one in reports for remark in summary.remarks(one)]
    return {
        "sentence": sentence + ".",
        "state": next((state for state, so in colours.items() if so), ""),
        "lines": lines,
        "remarks": remarks if len(reports) > 1 else [("", remark) for _, remark in remarks],
    }


def _cases(number: int) -> str:
    return f"{number or 'No'} {'case has' if number == 1 else 'cases have'}"


def html(reports: list[dict[str, Any]], pairs: list[tuple[int, int]] | None = None) -> str:
    """The page.

    reports: as runs.read gives them, in their order.  pairs: which runs are compared; each with the next
    one unless given.
    """
    pairs = data.neighbours(reports) if pairs is None else pairs
    changes = data.changes(reports, pairs)
    red = [
        {**case, "called": report["called"], "alone": report["alone"]}
        for report in reports
        for case in report["clauses"]
        if states.state_of(case["how"]) in (states.RED, states.FAULT)
    ]
    runs, shown = [_run(report) for report in reports], deaths.maps(reports)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["short"] = short
    changed = [
        f"{change.clause}[{case}]" if case else change.clause
        for pair in changes
        for kind in pair["kinds"]
        for change in kind["changes"]
        for case in change.cases
    ]
    return environment.get_template("page.html").render(
        title="Gauntlet: " + ", ".join(run["called"] for run in runs),
        style=Markup((HERE / "page.css").read_text()),
        script=Markup((HERE / "page.js").read_text()),
        verdict=verdict(reports, changes),
        red=red,
        most_red=MOST_RED,
        pairs=changes,
        runs=runs,
        matrix=data.matrix(reports),
        deaths=shown,
        drawings=costs.drawings(reports),
        states=states.STATES,
        words=WORDS,
        strengths=STRENGTHS,
        command=command,
        data={
            "runs": [{key: run[key] for key in ("called", "port", "alone")} for run in runs],
            "clauses": data.clauses(reports),
            "states": states.STATES,
            "words": WORDS,
            "changed": sorted(set(changed)),
            "deaths": [{"walks": one["walks"]} for one in shown],
        },
    )


def _run(report: dict[str, Any]) -> dict[str, Any]:
    """A run, as the page names it."""
    return {
        "called": report["called"],
        "port": report["port"],
        "alone": report["alone"],
        "sentence": summary.counted(report),
        "machine": f"{report['compiler']}, {summary.machine(report)}, begun {report['began']}",
    }
