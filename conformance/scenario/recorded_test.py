# SPDX-License-Identifier: BSD-3-Clause
"""Proves that what a scene's timeline tells is the same again as a scenario, and that what is lacking is
told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.scenario.play import failure
from conformance.scenario.recorded import scenario_of
from conformance.scenario.text import parse
from conformance.verdicts.run import Run

HERE = Path(__file__).parent
TOLD = [HERE / "examples/answers.scenario", HERE.parent / "track_record/late_reply.scenario"]


def _timeline(*lines: dict[str, Any]) -> list[str]:
    return [json.dumps({"at": 0, **line}) for line in lines]


@pytest.mark.parametrize("path", TOLD, ids=[path.stem for path in TOLD])
def test_scene_is_the_same_again(path: Path, run: Run, tmp_path: Path, verbs: Any) -> None:
    first = run.scene(tmp_path / "first")
    failure(parse(path.read_text(), verbs), first)
    with first.timeline.path.open() as lines:
        text, missing = scenario_of(lines, "The same.", "clause")
    again = failure(parse(text, verbs), run.scene(tmp_path / "again"))
    assert again is None, str(again)
    assert (missing, text.splitlines()[2]) == ([], "promise The same.")


def test_words_are_those_of_a_scenario() -> None:
    text, missing = scenario_of(
        _timeline(
            {"who": "scene", "what": "begin"},
            {
                "who": "primary1",
                "what": "start",
                "command": [
                    "peer",
                    "--control-fd=3",
                    "--",
                    "--no-pci",
                    "--huge-dir",
                    "/x",
                    "--vdev=a b",
                ],
            },
            {"who": "primary1", "what": "tell mp_sendmsg", "id": 1, "name": "x;y", "fds": []},
            {
                "who": "primary1",
                "what": "event action",
                "msg": {"name": "n", "fds": [3]},
                "peer": "p",
            },
            {
                "who": "primary1",
                "what": "answer mp_sendmsg",
                "re": 1,
                "ret": 0,
                "rte_errno": "ENOENT",
            },
            {"who": "primary1", "what": "tell exit", "id": 2},
            {"who": "scene", "what": "end"},
            {"who": "primary1", "what": "signal", "signal": "SIGKILL"},
        ),
        "P.",
        "c",
    )
    assert (text.splitlines()[3:], missing) == (
        [
            'primary1 starts "--vdev=a b"',
            'a1: primary1 begins mp_sendmsg name="x;y" fds=""',
            "primary1 says action msg.name=n",
            "expect a1 ret=0",
            "primary1 exits",
        ],
        [],
    )


@pytest.mark.parametrize(
    "line, lacking",
    [
        (
            {"who": "fault", "what": "begin relay", "about": "relay before x"},
            "fault relay before x",
        ),
        (
            {"who": "fault", "what": "begin ghost", "about": "ghost unseen g"},
            "fault ghost unseen g",
        ),
        ({"who": "g", "what": "received", "type": "1", "name": "n"}, "g received"),
        ({"who": "primary1", "what": "signal", "signal": "SIGTERM"}, "primary1 signal"),
        ({"who": "tool", "what": "start", "command": ["dpdk-proc-info"]}, "tool start"),
        ({"who": "steps", "what": "bit"}, "steps bit"),
    ],
)
def test_what_has_no_words_is_told(line: dict[str, Any], lacking: str) -> None:
    text, missing = scenario_of(_timeline(line), "P.", "c")
    assert (missing, f"# It lacks: {lacking}" in text) == ([lacking], True)
