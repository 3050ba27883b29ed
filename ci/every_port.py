# SPDX-License-Identifier: BSD-3-Clause
"""ci/validate --port all: the clauses that go through a port, on each kind that can be had here, one
after another, and what came of each on each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Callable, Sequence

from ci.answer import answer, data
from ci.answer.states import BROKEN, FAULT, HOLDS, NOT_RUN, RED, STATES
from ci.host.say import COULD_NOT_RUN, CannotRun, step
from ci.one_after_another import one_after_another
from ci.summary import PYTEST_INTERRUPTED, summary
from traffic.ports.kinds import KINDS

ROOT = Path(__file__).resolve().parent.parent

#: What --port says for all of them.
ALL = "all"

CLAUSES = "conformance/ethdev"

_LETTERS = {RED: "F", FAULT: "G", BROKEN: "b", HOLDS: "", NOT_RUN: "s"}

#: Runs the clauses on a port, in a folder, in an environment with more: its report, pytest's status.
RunOne = Callable[[str, Path, dict[str, str]], tuple[dict[str, Any], int]]


def here() -> tuple[list[str], dict[str, str]]:
    """The kinds that can be had on this machine, and of each other one the reason why not. A NIC is
    none of them: somebody has to name it."""
    why = {kind.kind: kind.unavailable() for kind in KINDS if not kind.is_hardware}
    return (
        [kind for kind, reason in why.items() if reason is None],
        {kind: reason for kind, reason in why.items() if reason is not None},
    )


def run(command: str, folder: Path, run_one: RunOne) -> tuple[list[dict[str, Any]], int]:
    """Runs all kinds that are here, publishes the page and says what came of it: the reports, and the
    exit status, as ci/validate has it. CannotRun when nothing was run."""
    kinds, lacking = here()
    if not kinds:
        raise CannotRun(f"--port {ALL}: no kind of port can be had here: {_told(lacking)}")
    statuses: dict[str, int] = {}

    def one(kind: str, number: str) -> dict[str, Any]:
        into = folder / kind
        into.mkdir(parents=True)
        step(command, f"{number}: {kind}")
        report, ended = run_one(kind, into, {"GAUNTLET_NAME": kind})
        line, statuses[kind] = summary(report)
        if statuses[kind] == 0 and ended not in (0, PYTEST_INTERRUPTED) and not _again(report):
            step(command, f"{kind}: pytest ended with status {ended}; see above")
            statuses[kind] = COULD_NOT_RUN
        step(command, line)
        return report

    done, left_out = one_after_another(command, kinds, one)
    if not done:
        raise CannotRun(f"--port {ALL}: no kind of port was run")
    reports = [report for _, report in done]
    _publish(command, folder, reports)
    if left_out:
        step(command, f"NOT RUN: {', '.join(left_out)}")
    if lacking:
        step(command, f"cannot be had here: {_told(lacking)}")
    return reports, worst([*statuses.values(), *([COULD_NOT_RUN] if left_out else [])])


def worst(statuses: Sequence[int]) -> int:
    """The exit status of several runs: 1 if something is red anywhere, whatever else has happened."""
    return 1 if 1 in statuses else max(statuses)


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


def _again(report: dict[str, Any]) -> bool:
    return any("first" in case for case in report["clauses"])


def _told(lacking: dict[str, str]) -> str:
    return "; ".join(f"{kind} ({why})" for kind, why in lacking.items())


def _publish(command: str, folder: Path, reports: list[dict[str, Any]]) -> None:
    text = table(reports)
    (folder / "answer.txt").write_text(text + "\n")
    files = {report["port"]: folder / report["port"] / "junit.xml" for report in reports}
    answer.merge_junit({name: f for name, f in files.items() if f.exists()}, folder / "junit.xml")
    print(f"\n{text}\n", flush=True)
    page = answer.publish(folder, reports, [])
    step(command, f"the page is {page.relative_to(ROOT) if page.is_relative_to(ROOT) else page}")
