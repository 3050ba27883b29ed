# SPDX-License-Identifier: BSD-3-Clause
"""Proves what the last line of ci/validate says, and the exit status."""

from __future__ import annotations

from typing import Any

import pytest

from ci.summary import machine, summary, unexplained, worst


def report_of(**counts: int) -> dict[str, Any]:
    """A report with so many cases of each verdict."""
    hows = {name.replace("_", " "): number for name, number in counts.items()}
    clauses = [
        {"clause": f"f.py::test_{number // 2}[{number}]", "how": how, "actual": "needs hugepages"}
        for how in hows
        for number in range(hows[how])
    ]
    return {
        "dpdk": "DPDK 22.11.11",
        "port": "net_tap",
        "counts": hows,
        "release": "22.11.11",
        "recorded": True,
        "partial": False,
        "pytest_status": 0,
        "selected": 9,
        "clauses": clauses,
    }


def test_full_pass() -> None:
    line, status = summary(report_of(holds=5, breaks_as_recorded=2))
    assert status == 0
    assert (
        line == "DPDK 22.11.11 on net_tap: 7 cases of 3 clauses: 5 hold, 2 break as recorded, 0 red"
    )


def test_what_was_not_run_is_no_full_pass() -> None:
    line, status = summary(report_of(holds=5, not_run=3))
    assert status == 0
    assert line.endswith("; 3 NOT RUN, so this is not a full pass (needs hugepages)")


def test_nothing_run_is_no_pass_at_all() -> None:
    assert summary(report_of(not_run=3))[1] == 2


@pytest.mark.parametrize("how", ["breaks", "breaks differently", "inconclusive"])
def test_red_is_red(how: str) -> None:
    report = report_of(holds=5)
    report["counts"][how] = 1
    line, status = summary(report)
    assert (status, "1 red" in line) == (1, True)


def test_interrupted_run_is_partial() -> None:
    line, status = summary({**report_of(holds=5), "partial": True, "pytest_status": 2})
    assert (status, "INTERRUPTED: partial, 9 were selected" in line) == (2, True)


def test_pytest_that_fails_is_no_interruption() -> None:
    line, status = summary({**report_of(holds=5), "partial": True, "pytest_status": 3})
    assert (status, "PYTEST FAILED (status 3): partial" in line) == (2, True)


def _with_own_faults(**counts: int) -> dict[str, Any]:
    report = report_of(**counts)
    report["counts"]["Gauntlet's own fault"] = 2
    return report


def test_own_fault_is_never_red() -> None:
    line, status = summary(_with_own_faults(holds=5))
    assert status == 2
    assert line.endswith(": 5 hold, 0 break as recorded, 0 red, 2 GAUNTLET'S OWN FAULT")


def test_own_fault_does_not_hide_what_is_red() -> None:
    line, status = summary(_with_own_faults(holds=5, breaks=1))
    assert (status, "1 red, 2 GAUNTLET'S OWN FAULT" in line) == (1, True)


def test_release_that_nobody_has_run_is_told() -> None:
    told = {"holds": 5, "breaks as predicted": 2}
    report = {**report_of(**told), "recorded": False, "release": "24.11.3"}
    line, status = summary(report)
    assert status == 0
    assert "5 hold, 0 break as recorded, 2 break as predicted, 0 red; DPDK 24.11.3 IS NOT" in line


@pytest.mark.parametrize("status", [1, 3, -9])
def test_end_of_pytest_that_no_case_explains_is_told(status: int) -> None:
    report = report_of(holds=5)
    assert unexplained(report, status) == f"pytest ended with status {status}; see above"
    assert unexplained(report, 0) is unexplained(report_of(holds=5, breaks=1), status) is None
    report["clauses"][0]["first"] = "inconclusive"
    assert unexplained(report, status) is None


@pytest.mark.parametrize(
    ("statuses", "status"), [([], 0), ([0, 0], 0), ([0, 2], 2), ([2, 1, 0], 1), ([3, 0], 3)]
)
def test_worst_status_is_that_of_all(statuses: list[int], status: int) -> None:
    assert worst(statuses) == status


def test_remarks_of_a_bundle_come_first() -> None:
    report = {**report_of(holds=1), "remarks": ["a bundle of lab"]}
    assert summary(report)[0].endswith("0 red; a bundle of lab")


def test_machine_is_told_as_far_as_it_is_known() -> None:
    known = {"system": "Debian 12", "kernel": "6.1.0", "cpus": 2}
    assert machine({"machine": known}) == "Debian 12, Linux 6.1.0, 2 CPUs"
    more = {"model": "Xeon", "memory_kb": 8_000_000, "load": [1, 0.5, 0.25]}
    pages = {"hugepage_kb": 2048, "hugepages": 64, "hugepages_free": 60}
    assert machine({"machine": known | more | pages}).endswith(
        ", Xeon, 8.0 GB of memory, 64 hugepages of 2048 kB, 60 free, load 1.0 0.5 0.2 at the end of the "
        "run"
    )
