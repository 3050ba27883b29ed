# SPDX-License-Identifier: BSD-3-Clause
"""What a report keeps of the scenes of a case, beside the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.verdicts import outcomes, sequence
from conformance.verdicts.verdict import Verdict
from targets.scene import Scene

# What a process leaves in the directory of a scene that helps a reader, and how much of its end.
_FILES = ("output", "stacks", "core*.stacks")
_MOST = 4000


def of(scenes: list[Scene], found: Verdict, functions: frozenset[str]) -> dict[str, Any]:
    """For JSON. functions: the verbs of a peer that are DPDK's functions.

    outcomes: what these calls of each process answered, and how each ended.  events, unless the clause
    holds: what happened.  files, where it is red: the ends of the processes' outputs and stacks, by name.
    """
    if not scenes or found.verdict == "skip":
        return {}
    timelines = [sequence.lines_of(scene.timeline.path) for scene in scenes]
    told: dict[str, Any] = {"outcomes": outcomes.of(timelines, functions)}
    if found.how != "holds":
        told["events"] = [event for lines in timelines for event in sequence.of(lines)]
    if found.red:
        told["files"] = {
            name: text for scene in scenes for name, text in files(scene.directory).items()
        }
    return told


def files(directory: Path) -> dict[str, str]:
    """The ends of the files that tell why, by their names below the directory of a scene."""
    found = {}
    for path in sorted(path for name in _FILES for path in directory.glob(f"*/{name}")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if text.strip():
            found[str(path.relative_to(directory))] = end_of(text)
    return found


def end_of(text: str) -> str:
    """What a report keeps of a file."""
    return text[-_MOST:]
