# SPDX-License-Identifier: BSD-3-Clause
"""Runs that are not compared, but stand beside each other: a table of clauses by runs, and their page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from ci.answer import answer, data
from ci.answer.states import BROKEN, FAULT, HOLDS, NOT_RUN, RED, STATES
from ci.host.say import step

ROOT = Path(__file__).resolve().parents[2]

_LETTERS = {RED: "F", FAULT: "G", BROKEN: "b", HOLDS: "", NOT_RUN: "s"}


def publish(command: str, folder: Path, reports: list[dict[str, Any]]) -> None:
    """Prints the table, and writes it and the page of these runs into a folder."""
    text = table(reports)
    (folder / "answer.txt").write_text(text + "\n")
    print(f"\n{text}\n", flush=True)
    page = answer.publish(folder, reports, [])
    step(command, f"the page is {page.relative_to(ROOT) if page.is_relative_to(ROOT) else page}")


def table(reports: list[dict[str, Any]]) -> str:
    """Runs by clauses: how many cases ended how."""
    names = [report["called"] for report in reports]
    rows = [
        (
            clause["address"].removeprefix("conformance/"),
            [
                _cell(case["runs"][number] for case in clause["cases"])
                for number in range(len(names))
            ],
        )
        for clause in data.clauses(reports)
    ]
    first = max(len(address) for address, _ in rows)
    widths = [
        max(len(name), *(len(cells[number]) for _, cells in rows))
        for number, name in enumerate(names)
    ]

    def line(address: str, cells: list[str]) -> str:
        told = "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths))
        return f"{address:{first}}  {told}".rstrip()

    head = line("cases that hold; b break as recorded, F red, G own fault, s not run", names)
    return "\n".join([head, *(line(address, cells) for address, cells in rows)])


def _cell(cases: Any) -> str:
    """ "4 1b": four hold and one breaks as recorded; "-": this run does not have the clause."""
    count = Counter(case["state"] for case in cases if case is not None)
    order = (HOLDS, *(state for state in STATES if state != HOLDS))
    return " ".join(f"{count[state]}{_LETTERS[state]}" for state in order if count[state]) or "-"
