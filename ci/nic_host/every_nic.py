# SPDX-License-Identifier: BSD-3-Clause
"""ci/nic-host --nic all: a command on a host with each NIC, one after another, and what came of each."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from ci.answer import runs, side_by_side
from ci.host.say import COULD_NOT_RUN, step
from ci.nic_host import nics
from ci.nic_host.box import Box
from ci.nic_host.where import HERE
from ci.one_after_another import one_after_another
from ci.summary import worst

#: What --nic says for all of them.
ALL = "all"


def run(command: str, argv: Sequence[str], ready: Callable[[str], Box]) -> int:
    """Runs the command, and publishes the page of the reports that it has made: the worst exit status.

    ready: the box of a NIC; CannotRun where that cannot be had.
    """
    statuses: dict[str, int] = {}

    def one(name: str, number: str) -> dict[str, Any]:
        step(command, f"{number}: {name}")
        box = ready(name)
        statuses[name] = box.run(["env", f"GAUNTLET_NAME={name}", *argv])
        path = box.out / "report" / "report.json"
        return runs.read(path) if path.exists() else {"partial": False}

    done, left_out = one_after_another(command, list(nics.NICS), one)
    reports = [report for _, report in done if "clauses" in report]
    if reports:
        side_by_side.publish(command, HERE, reports)
    told = [f"{name}: {status}" for name, status in statuses.items()]
    told += [f"{name}: NOT RUN" for name in left_out]
    step(command, f"exit status of the command with each NIC: {'; '.join(told)}")
    return worst([*statuses.values(), *([COULD_NOT_RUN] if left_out else [])])
