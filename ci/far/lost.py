# SPDX-License-Identifier: BSD-3-Clause
"""What stands in a table and on a page for a run that there is not: why, in a row of its own."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from conformance.verdicts import contract, report, verdict

CLAUSE = "ci/hosts::host_is_reached_and_has_run_the_clauses"
PROMISE = "The host is reached, and runs the clauses on the port to their end."


def report_of(called: str, port: str, why: str, again: str) -> dict[str, Any]:
    """A report whose only case is our own fault. again: the command that tries it once more."""
    case = verdict.judge(CLAUSE, PROMISE, verdict.own_fault(why, ""), None, "").as_dict()
    return {
        "schema": verdict.SCHEMA,
        "called": called,
        "alone": again,
        "dpdk": "no DPDK",
        "release": "0.0.0",
        "compiler": "none",
        "sizes": {},
        "port": port,
        "machine": report.machine(),
        "began": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "seconds": 0.0,
        "recorded": True,
        "partial": False,
        "pytest_status": 0,
        "selected": 1,
        "counts": {case["how"]: 1},
        "timeouts_s": {"brief": 0.0, "patience": 0.0, "deadline": 0.0},
        "clauses": [{**case, **contract.facts_of(None), "seconds": 0.0}],
    }


def write_junit(path: Path, why: str) -> None:
    """A junit.xml with an error."""
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(suites, "testsuite", tests="1", errors="1", failures="0")
    case = ElementTree.SubElement(suite, "testcase", classname="ci.hosts", name=CLAUSE)
    ElementTree.SubElement(case, "error", message=why)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)
