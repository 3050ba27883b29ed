# SPDX-License-Identifier: BSD-3-Clause
"""Runs once more, alone, the cases for which the machine was too slow; both observations are kept."""

from __future__ import annotations

import argparse
import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from typing import Any, Callable

from conformance.verdicts.verdict import MACHINE

# Options of the contract that change what a clause does, and not which clauses are run.
OPTIONS = (
    "--model-steps",
    "--model-seed",
    "--model-script",
    "--fuzz-datagrams",
    "--fuzz-seed",
    "--ring-objects",
)

# Of the first observation, what the report keeps beside the second.
KEPT = ("how", "expected", "actual", "observed", "scene", "seconds")


def options_of(arguments: list[str]) -> list[str]:
    """The arguments of pytest that hold for the second run, too: all but the selection."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    for name in OPTIONS:
        parser.add_argument(name, dest=name)
    given = vars(parser.parse_known_args(arguments)[0])
    return [f"{name}={given[name]}" for name in OPTIONS if given[name] is not None]


def slow(report: dict[str, Any]) -> list[str]:
    """The node ids of the cases to run again."""
    return [case["clause"] for case in report["clauses"] if case["how"] == MACHINE]


def merge(first: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """The report of the first run, with the verdicts of the second where there are any."""
    second = {case["clause"]: case for case in again["clauses"]}
    cases = []
    for case in first["clauses"]:
        if case["clause"] in second:
            seen = {key: case[key] for key in KEPT if key in case}
            case = {**second[case["clause"]], "first": seen}
        cases.append(case)
    counts = Counter(case["how"] for case in cases)
    partial = first["partial"] or again["partial"]
    status = again["pytest_status"] if again["partial"] else first["pytest_status"]
    return {
        **first,
        "partial": partial,
        "pytest_status": status,
        "counts": dict(counts),
        "clauses": cases,
    }


def merge_junit(first: Path, again: Path) -> None:
    """Puts the cases of the second junit.xml into the first, in place of the same cases there."""
    tree = ElementTree.parse(first)
    second = {_name(case): case for case in ElementTree.parse(again).iter("testcase")}
    for suite in tree.iter("testsuite"):
        for place, case in enumerate(list(suite)):
            if case.tag == "testcase" and _name(case) in second:
                suite[place] = second.pop(_name(case))
        suite.extend(second.values())
        second = {}
        suite.set("tests", str(len(suite.findall("testcase"))))
        for kind in ("failure", "error", "skipped"):
            attribute = {"failure": "failures", "error": "errors", "skipped": "skipped"}[kind]
            suite.set(attribute, str(len(suite.findall(f"testcase/{kind}"))))
    tree.write(first, encoding="utf-8", xml_declaration=True)


def _name(case: ElementTree.Element) -> tuple[str | None, str | None]:
    return case.get("classname"), case.get("name")


def run(folder: Path, clauses: list[str], pytest: Callable[[list[str], Path], int]) -> None:
    """Runs `clauses` alone and merges what comes of it into the reports in `folder`.

    pytest: runs the contract with these arguments and writes its reports into this folder.
    """
    other = folder / "again"
    other.mkdir()
    pytest(["-n0", *clauses], other)
    if not (other / "report.json").exists():
        return  # pytest has said why; the first observation stands.
    path = folder / "report.json"
    merged = merge(json.loads(path.read_text()), json.loads((other / "report.json").read_text()))
    path.write_text(json.dumps(merged, indent=1) + "\n")
    if (folder / "junit.xml").exists() and (other / "junit.xml").exists():
        merge_junit(folder / "junit.xml", other / "junit.xml")
