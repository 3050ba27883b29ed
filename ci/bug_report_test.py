# SPDX-License-Identifier: BSD-3-Clause
"""Proves the text of a bug report: what fails first, on which releases, what is known, and the steps."""

from __future__ import annotations

import re
from typing import Any

from ci import bug_report, how_often
from ci.bug_report import Seen

LATE = "conformance/rte_mp/test_request_sync.py::test_late_reply_answers_nothing_else[secondary]"
SCENARIO = f"# Clause: {LATE}\npromise It does not.\nprimary1 starts\nprimary1 lives\n"


def _seen(release: str, *how: str) -> Seen:
    case = {
        "clause": "x",
        "promise": "It does not.",
        "expected": "-1",
        "files": {"a/output": "1\n2"},
    }
    report: dict[str, Any] = {
        "dpdk": f"DPDK {release}",
        "release": release,
        "compiler": "g++ 12",
        "machine": {"system": "Debian", "kernel": "6", "architecture": "x86_64", "cpus": 2},
        "clauses": [{**case, "how": each, "actual": f"{each}\nand more"} for each in how],
    }
    return Seen(report, how_often.of(report))


def test_first_failure_is_told_and_every_release() -> None:
    seen = [_seen("25.11.4", "holds"), _seen("22.11.11", "holds", "breaks")]
    text = bug_report.written(seen, SCENARIO, "late.c", True)
    assert text.startswith("Subject: [BUG] It does not.\n")
    assert "seen:     breaks\n" in text
    assert "DPDK 25.11.4:\n  it failed 0 of 1 times" in text
    assert "DPDK 22.11.11:\n  it failed 1 of 2 times" in text
    assert "   3  primary1 starts\n" in text
    assert "cc -o bug late.c" in text
    assert "a/output\n--------\n1\n2\n" in text
    prose = [line for line in text.splitlines() if not re.match(r" +\d+  |Subject", line)]
    assert max(map(len, prose)) <= bug_report.WIDTH


def test_what_is_on_record_of_the_clause_is_told() -> None:
    text = bug_report.written([_seen("22.11.11", "breaks")], SCENARIO, "late.c", True)
    assert "there is no request id on the wire" in text
    assert "Since 18.05; not mended in any release that is known." in text
    assert "Source: guide" in text or "Source: header" in text


def test_what_nobody_knows_is_not_told() -> None:
    scenario = "primary1 starts\nprimary1 lives\n"
    text = bug_report.written([_seen("22.11.11", "breaks")], scenario, "", False)
    assert "What is known" not in text and "Source:" not in text
    assert "There is no C file of it" in text
    assert bug_report.known("", "22.11.11") is None


def test_steps_that_were_only_seen_judge_nothing() -> None:
    text = bug_report.written([_seen("22.11.11", "breaks")], SCENARIO, "late.c", False)
    assert "It prints what happens" in text and "exits with 1" not in text


def test_nothing_failed() -> None:
    assert _seen("22.11.11", "holds", "not run").failure is None
