# SPDX-License-Identifier: BSD-3-Clause
"""The report of gcov on a source file, and the reasons on record for what was never taken."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ci.host.say import CannotRun


@dataclass(frozen=True)
class Never:
    """A line that was never run, or a branch of a line that was never taken.

    at: function and lines below its first, "send_msg+33": the source itself is not ours to quote.
    what: "line" or "branch 2".
    """

    at: str
    what: str
    line: int

    @property
    def key(self) -> tuple[str, str]:
        """The key by which reasons are found."""
        return self.at, self.what


@dataclass(frozen=True)
class Coverage:
    """Counts of one source file, as gcov counts them."""

    lines: int
    lines_run: int
    branches: int
    branches_taken: int
    never: tuple[Never, ...]

    @property
    def line_rate(self) -> float:
        """Per cent of lines run."""
        return 100 * self.lines_run / self.lines

    @property
    def branch_rate(self) -> float:
        """Per cent of branches taken at least once."""
        return 100 * self.branches_taken / self.branches


def read(notes: Path, counters: Iterable[Path], source: str) -> Coverage:
    """gcov's counts for the source file whose name ends so, from its .gcno and each process' .gcda.

    A process that ends while a thread is inside a function leaves counts that do not add up, and gcov
    then takes a branch for never taken that was. So each process is read for itself: what one of
    them took was taken.
    """
    return count(whole(notes, counters, source))


def whole(notes: Path, counters: Iterable[Path], source: str) -> dict[str, Any]:
    """This coverage as one file of gcov's JSON."""
    distinct = {path.read_bytes(): path for path in counters}
    with ThreadPoolExecutor(os.cpu_count()) as readers:
        files = readers.map(lambda path: _read_one(notes, path, source), distinct.values())
        return union(files, source)


def _read_one(notes: Path, counters: Path, source: str) -> dict[str, Any]:
    # gcov looks for the counters beside the notes.
    with tempfile.TemporaryDirectory() as folder:
        beside = Path(folder) / notes.name
        beside.symlink_to(notes.resolve())
        beside.with_suffix(".gcda").symlink_to(counters.resolve())
        argv = ["gcov", "--json-format", "--stdout", "--branch-probabilities", str(beside)]
        done = subprocess.run(argv, capture_output=True, text=True, cwd=folder)
    # A process that was killed while it wrote its counters left half a file: gcov complains, counts none.
    if not done.stdout:
        raise CannotRun(f"gcov failed on {counters}: {done.stderr.strip()}")
    for file in json.loads(done.stdout)["files"]:
        if file["file"].endswith(source):
            return dict(file)
    raise CannotRun(f"gcov tells nothing about {source} in {counters}")


def union(files: Iterable[dict[str, Any]], source: str) -> dict[str, Any]:
    """Joins gcov's JSON files of the same source: the most that each count reached."""
    whole: dict[str, Any] | None = None
    for file in files:
        if whole is None:
            whole = file
            continue
        for line, more in zip(whole["lines"], file["lines"]):
            line["count"] = max(line["count"], more["count"])
            for branch, other in zip(line["branches"], more["branches"]):
                branch["count"] = max(branch["count"], other["count"])
    if whole is None:
        raise CannotRun(f"nothing counted what it runs of {source}: was nothing run?")
    return whole


def taken(file: dict[str, Any]) -> frozenset[tuple[int, str]]:
    """Every line that was run and every branch that was taken, by line and kind."""
    found = set()
    for line in file["lines"]:
        number = line["line_number"]
        found |= {(number, "line")} if line["count"] else set()
        branches = enumerate(line["branches"])
        found |= {(number, f"branch {index}") for index, branch in branches if branch["count"]}
    return frozenset(found)


def count(file: dict[str, Any]) -> Coverage:
    """Counts from one file of gcov's JSON."""
    starts = {f["name"]: f["start_line"] for f in file["functions"]}
    lines = lines_run = branches = taken = 0
    never: list[Never] = []
    for line in file["lines"]:
        number = line["line_number"]
        function = line.get("function_name", "")
        at = f"{function}+{number - starts.get(function, 0)}"
        lines += 1
        lines_run += line["count"] > 0
        if line["count"] == 0:
            never.append(Never(at, "line", number))
        for index, branch in enumerate(line["branches"]):
            branches += 1
            taken += branch["count"] > 0
            if branch["count"] == 0:
                never.append(Never(at, f"branch {index}", number))
    return Coverage(lines, lines_run, branches, taken, tuple(never))


def reasons(path: Path) -> dict[tuple[str, str], str]:
    """The reasons on record why something cannot be reached from outside, by place and kind.

    The file: [[never]] at = "function+13" or "function+13-18", what = ["line", "branch 0"], why = "..."
    """
    if not path.exists():
        return {}
    found: dict[tuple[str, str], str] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("never", []):
        place = re.fullmatch(r"(\w+)\+(\d+)(?:-(\d+))?", str(entry.get("at", "")))
        if (
            set(entry) != {"at", "what", "why"}
            or place is None
            or not isinstance(entry["what"], list)
        ):
            raise CannotRun(
                f"{path.name}: {entry}: an entry is at = 'function+13' or 'function+13-18', "
                "what = ['line', 'branch 0'], why = '...'"
            )
        first, last = int(place[2]), int(place[3] or place[2])
        for offset in range(first, last + 1):
            for what in entry["what"]:
                found[f"{place[1]}+{offset}", what] = entry["why"]
    return found
