# SPDX-License-Identifier: BSD-3-Clause
"""The answer to "what changes?": its text, its exit status, and the files that it leaves."""

from __future__ import annotations

import argparse
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from ci.answer import compare, data, formats
from ci.answer.figures import figures
from ci.host.say import COULD_NOT_RUN, CannotRun

Reports = list[dict[str, Any]]
Pairs = list[tuple[int, int]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options about what is compared and how it is told."""
    parser.add_argument("--from", dest="before", metavar="RELEASE", help="compare this one ...")
    parser.add_argument("--to", dest="after", metavar="RELEASE", help="... with this one only")
    formats.add_option(parser)


def named(reports: Reports, text: str) -> int:
    """Which report is meant by a series ("22.11"), a release ("22.11.11") or the name of a prefix;
    CannotRun where none is, or several are."""
    found = [number for number, report in enumerate(reports) if text in _names(report)]
    if len(found) == 1:
        return found[0]
    all_names = ", ".join(report["called"] for report in reports)
    many = "several of them" if found else "none of them"
    raise CannotRun(f"{text} is {many}: {all_names}; give a release as it is written there")


def _names(report: dict[str, Any]) -> set[str]:
    called = report["called"]
    if called.startswith("DPDK "):
        return {called, report["release"], report["release"].rpartition(".")[0]}
    return {called, called.partition(" (")[0]}


def pairs(reports: Reports, before: str | None, after: str | None) -> Pairs:
    """Which runs are compared: two that are named (the first and the last one, where one is not), else
    each with the next one. CannotRun as named()."""
    if before is None and after is None:
        return data.neighbours(reports)
    one = 0 if before is None else named(reports, before)
    other = len(reports) - 1 if after is None else named(reports, after)
    if one == other:
        raise CannotRun(
            f"{reports[one]['called']} cannot be compared with itself; name two releases"
        )
    return [(one, other)]


def text_of(reports: Reports, compared: Pairs) -> tuple[str, int]:
    """The text, and the exit status."""
    texts, status = [], 0
    for before, after in ((reports[one], reports[other]) for one, other in compared):
        found = compare.changes(before, after)
        texts.append(compare.told(before, after, found, figures(before, after)))
        kinds = {change.kind for change in found}
        if compare.REGRESSED in kinds:
            status = 1
        elif kinds & {compare.UNKNOWN, compare.GONE} and status == 0:
            status = COULD_NOT_RUN
    return "\n\n".join(texts), status


def publish(folder: Path, reports: Reports, compared: Pairs) -> Path:
    """Writes the page of these runs into a folder; its path."""
    from ci.answer import page  # It needs jinja2, which a command may have installed just now.

    path = folder / "index.html"
    path.write_text(page.html(reports, compared), encoding="utf-8")
    return path


def merge_junit(files: dict[str, Path], into: Path) -> None:
    """Writes one junit.xml of many: each is a test suite of its name."""
    suites = ElementTree.Element("testsuites")
    for name, path in files.items():
        for suite in ElementTree.parse(path).iter("testsuite"):
            suite.set("name", name)
            suites.append(suite)
    ElementTree.ElementTree(suites).write(into, encoding="utf-8", xml_declaration=True)
