# SPDX-License-Identifier: BSD-3-Clause
"""The tool or sanitizers around the processes of a run: what they need, and where they have written."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ci.host import packages
from ci.host.say import CannotRun
from ci.reach import sanitizers, source
from ci.subject import OfDebian, Subject
from targets import under
from targets.under import Under

# "ERROR SUMMARY: 3 errors from 2 contexts (suppressed: 0 from 0)"
_SUMMARY = re.compile(r"ERROR SUMMARY: (\d+ errors from \d+ contexts)")


# "SUMMARY: ThreadSanitizer: data race ../dpdk/lib/eal/common/malloc_heap.c:80 in malloc_heap_alloc"
_RACE = re.compile(r"SUMMARY: ThreadSanitizer: data race \S*?([^/\s]+:\d+ in \w+)")


@dataclass(frozen=True)
class Around:
    """text: what a user has said.  tool: the tool that this is; None: a kind of sanitizers."""

    text: str
    tool: Under | None

    def check(self, on: Subject | None) -> None:
        """CannotRun where this DPDK cannot be run so."""
        here = on is None or (self.tool is not None and not isinstance(on, OfDebian))
        if not here and (self.tool is None or self.tool.tool == "valgrind"):
            what = (
                "the libdpdk of this machine" if self.tool is None else "programs of this machine"
            )
            raise CannotRun(f"--under {self.text} is for {what}, and not for {on}: leave that out")

    def environment(self, command: str) -> dict[str, str]:
        """Installs and builds what is missing: the environment of a run. CannotRun when that fails."""
        if self.tool is None:
            packages.install(command, packages.RUN + source.NEEDS)
            return sanitizers.environment(command, self.text)
        packages.install(command, (self.tool.tool,))
        return {under.VARIABLE: str(self.tool)}

    def written(self, scenes: Path) -> list[str]:
        """A line for each file that the tool has written below this folder."""
        if self.tool is None:
            return _races(scenes)
        names = (self.tool.tool, f"*.{self.tool.tool}")
        found = sorted({path for name in names for path in scenes.rglob(name) if path.is_file()})
        if not found and self.tool.tool == "gdb":
            return ["gdb was not needed: nobody hung or died, and no expectation was missed"]
        if not found:
            return [f"--under {self.text}: no process of this name was started"]
        return [f"{os.path.relpath(path)}{_summary(path)}" for path in found]


def parse(text: str | None) -> Around | None:
    """What --under says; None where it says nothing. CannotRun says what is allowed."""
    if text is None:
        return None
    if text in sanitizers.KINDS:
        return Around(text, None)
    try:
        return Around(text, under.parse(text))
    except ValueError as error:
        kinds = " or ".join(sanitizers.KINDS)
        raise CannotRun(f"--under {error}; or {kinds}, which is for all processes") from error


def _races(scenes: Path) -> list[str]:
    """Where ThreadSanitizer has seen races, and how often, the most frequent place first."""
    outputs = [
        path.read_text(encoding="utf-8", errors="replace") for path in scenes.rglob("output")
    ]
    places = Counter(place for text in outputs for place in _RACE.findall(text))
    return [f"{count} data races in {place}" for place, count in places.most_common()]


def _summary(path: Path) -> str:
    """What valgrind found in all."""
    found = _SUMMARY.search(path.read_text(encoding="utf-8", errors="replace"))
    return f": {found[1]}" if found else ""
