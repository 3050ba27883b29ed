# SPDX-License-Identifier: BSD-3-Clause
"""Proves what a report keeps of a case that holds, of one that breaks as recorded, and of a red one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.verdicts import evidence
from conformance.verdicts.verdict import Verdict


class Scene:
    """As much of a scene as is looked at."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.timeline = self
        self.path = directory / "timeline.jsonl"
        (directory / "primary1").mkdir()
        (directory / "primary1" / "output").write_text("x" * 9000 + "the end")
        (directory / "primary1" / "stacks").write_text("\n")
        (directory / "primary1" / "other").write_text("not told")
        self.path.write_text(
            json.dumps({"at": 1, "who": "primary1", "what": "end", "how": "exit 70"}) + "\n"
        )


@pytest.mark.parametrize(
    ("verdict", "how", "kept"),
    [
        ("pass", "holds", {"outcomes"}),
        ("pass", "breaks as recorded", {"outcomes", "events"}),
        ("fail", "breaks", {"outcomes", "events", "files"}),
        ("skip", "not run", set()),
    ],
)
def test_more_is_kept_the_worse_it_is(
    tmp_path: Path, verdict: str, how: str, kept: set[str]
) -> None:
    scenes: Any = [Scene(tmp_path)]
    assert evidence.of(scenes, Verdict("a::b", "", verdict, how), frozenset()).keys() == kept


def test_ends_of_files_that_say_something_are_kept(tmp_path: Path) -> None:
    scenes: Any = [Scene(tmp_path)]
    files = evidence.of(scenes, Verdict("a::b", "", "fail", "breaks"), frozenset())["files"]
    assert files.keys() == {"primary1/output"}
    assert files["primary1/output"].endswith("xthe end") and len(files["primary1/output"]) == 4000


def test_case_without_a_scene_has_none() -> None:
    assert evidence.of([], Verdict("a::b", "", "fail", "breaks"), frozenset()) == {}
