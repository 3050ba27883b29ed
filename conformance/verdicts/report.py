# SPDX-License-Identifier: BSD-3-Clause
"""Tells the verdicts of a run: letters, what breaks as recorded, report.json."""

from __future__ import annotations

import json
import os
import platform
import time
from collections import Counter
from dataclasses import fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from conformance.verdicts import contract, expected, repeated, verdict
from conformance.verdicts.run import Run
from conformance.verdicts.verdict import Verdict

# How the end of a clause is shown in the line of dots; everything else is an F.
LETTERS = {
    "holds": ".",
    "breaks as recorded": "b",
    "breaks as predicted": "p",
    "not run": "s",
    verdict.NOT_YET: "n",
    "inconclusive": "I",
    verdict.MACHINE: "M",
    verdict.OWN_FAULT: "G",
}

# What says nothing of a failure, where only the first of them is wanted.
GOES_ON = ("holds", "not run", verdict.MACHINE)

# Of so few breaches each is shown; more would bury the rest of what pytest says.
FEW = 12


class Report:
    """A plugin of pytest, in the process that controls the run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._cases: dict[str, dict[str, Any]] = {}
        self._began = datetime.now(timezone.utc)
        self._began_s = time.monotonic()
        self._session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remembers what to end where the first failure ends the run."""
        if session.config.getoption("--until-fails"):
            self._session = session

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Category, letter and word of a verdict."""
        found = getattr(report, "gauntlet", None)
        if found is None:
            return None
        category = {"pass": "passed", "skip": "skipped"}.get(found["verdict"], "failed")
        return category, LETTERS.get(found["how"], "F"), found["how"].upper()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes down the verdict on a clause."""
        found = getattr(report, "gauntlet", None)
        if found is not None:
            self._cases[report.nodeid] = {**found, "seconds": round(report.duration, 3)}
            if self._session is not None and found["how"] not in GOES_ON:
                repeated.stop(self._session, f"{found['clause']}: {found['how']}")
        elif report.outcome == "failed" and report.location[0].rpartition("/")[2][:5] == "test_":
            # A worker of pytest-xdist that has crashed has no verdict of its own.
            saw = verdict.own_fault(report.longreprtext.strip(), "")
            self._cases[report.nodeid] = {
                **verdict.judge(report.nodeid, "", saw, None, "").as_dict(),
                **contract.facts_of(None),
                "seconds": round(report.duration, 3),
            }

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Shows what breaks as recorded or predicted, in its four lines, where few were asked for."""
        broken = [case for case in self._cases.values() if case["how"].startswith("breaks as ")]
        if not 0 < len(broken) <= FEW:
            return
        known = {field.name for field in fields(Verdict)}
        terminalreporter.section("broken as recorded")
        for case in broken:
            found = Verdict(**{key: value for key, value in case.items() if key in known})
            terminalreporter.write_line(f"{found.clause}\n{found.lines()}")

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Writes report.json, unless only unit tests were run."""
        if session.config.getoption("collectonly"):
            return
        if self._cases or exitstatus not in (0, 1):
            self._write(int(exitstatus), getattr(session, "testscollected", 0))

    def _write(self, status: int, selected: int) -> None:
        """build/report/report.json: the release, the port, the figures, every clause's verdict."""
        run = self._run
        cases = sorted(self._cases.values(), key=lambda case: str(case["clause"]))
        dpdk, name = run.greeting["dpdk"], os.environ.get("GAUNTLET_NAME")
        told = {
            "schema": verdict.SCHEMA,
            "called": f"{name} ({dpdk})" if name else dpdk,
            "alone": verdict.alone(),
            "dpdk": dpdk,
            "release": ".".join(map(str, run.release)),
            "compiler": run.greeting["compiler"],
            "sizes": sizes(run.greeting),
            "port": run.port,
            "machine": machine(),
            "began": self._began.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._began_s, 1),
            "recorded": expected.has_record(run.release),
            "partial": status not in (0, 1),
            "pytest_status": status,
            "selected": selected,
            "counts": Counter(case["how"] for case in cases),
            "timeouts_s": {
                "brief": run.speed.brief_s,
                "patience": run.speed.patience_s,
                "deadline": run.speed.deadline_s,
            },
            "clauses": cases,
        }
        run.report.mkdir(parents=True, exist_ok=True)
        (run.report / "report.json").write_text(json.dumps(told, indent=1) + "\n")


def sizes(greeting: dict[str, Any]) -> dict[str, int]:
    """What the headers of DPDK and the layout of its datagram say, in bytes or as limits."""
    limits = {key: greeting[key] for key in sorted(greeting) if key.startswith("max_")}
    datagram = greeting["datagram"]
    return {
        **limits,
        "sizeof(struct rte_mp_msg)": greeting["msg_size"],
        "bytes of a datagram": datagram["size"],
    }


def machine() -> dict[str, Any]:
    """What this machine is, but not whose, and how busy: of its hugepages as the run sees them, so many
    are reserved and free; of its load, the averages of 1, 5 and 15 minutes."""
    memory, model = _table("/proc/meminfo"), _table("/proc/cpuinfo").get("model name", "unknown")
    return {
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "an unknown system"),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "model": model,
        "memory_kb": int(memory["MemTotal"].split()[0]),
        "hugepage_kb": int(memory.get("Hugepagesize", "0").split()[0]),
        "hugepages": int(memory.get("HugePages_Total", "0")),
        "hugepages_free": int(memory.get("HugePages_Free", "0")),
        "load": list(os.getloadavg()),
    }


def _table(path: str) -> dict[str, str]:
    """The lines "name: value" of a file of /proc; of several of one name the last one."""
    lines = Path(path).read_text().splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}
