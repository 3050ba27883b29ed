# SPDX-License-Identifier: BSD-3-Clause
"""ci/validate --port all: the clauses that go through a port, on each kind that can be had here, one
after another, and what came of each on each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from ci.answer import answer, side_by_side
from ci.host.say import COULD_NOT_RUN, CannotRun, step
from ci.one_after_another import one_after_another
from ci.summary import summary, unexplained, worst
from traffic.ports.kinds import KINDS

#: What --port says for all of them.
ALL = "all"

CLAUSES = "conformance/ethdev"

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
        why = unexplained(report, ended)
        if why:
            step(command, f"{kind}: {why}")
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


def _told(lacking: dict[str, str]) -> str:
    return "; ".join(f"{kind} ({why})" for kind, why in lacking.items())


def _publish(command: str, folder: Path, reports: list[dict[str, Any]]) -> None:
    files = {report["port"]: folder / report["port"] / "junit.xml" for report in reports}
    answer.merge_junit({name: f for name, f in files.items() if f.exists()}, folder / "junit.xml")
    side_by_side.publish(command, folder, reports)
