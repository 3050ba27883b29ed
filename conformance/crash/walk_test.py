# SPDX-License-Identifier: BSD-3-Clause
"""Proves the drive: what is done stays done, and progress says how far it is."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.verdicts import run
from conformance.crash import walk
from conformance.crash.walk import Progress, Walk


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> run.Run:
    """A run whose walks are kept in a folder of the test's own."""
    made = run.make("net_tap", tmp_path, None)
    monkeypatch.setattr(walk, "ROOT", tmp_path)
    return made


def _walk(measured: run.Run, **keys: Any) -> Walk:
    keys = {"mode": "kill", "activities": ["secondary is asked"], "anew": False, **keys}
    return Walk(measured, keys["mode"], keys["activities"], anew=keys["anew"])


def test_an_interrupted_walk_goes_on(measured: run.Run) -> None:
    with _walk(measured) as first:
        first.record()
        some = first.take()
        next(some)
        some.close()
        points = len(first.points)
    with _walk(measured) as second:
        done = second.resumed
        second.record()
        rest = sum(1 for _ in second.take())
    assert 0 < done < points
    assert done + rest == points
    with _walk(measured) as third:
        assert third.resumed == 0  # It was complete: the next one is a new one.


def test_other_activities_are_another_walk(measured: run.Run) -> None:
    with _walk(measured) as first:
        first.record()
        next(first.take())
    with _walk(measured, activities=["secondary tells"]) as second:
        assert second.resumed == 0


def test_a_line_that_was_cut_off_is_done_again(measured: run.Run) -> None:
    with _walk(measured) as first:
        first.record()
        next(first.take())
    kept = measured.release
    results = walk.ROOT / "build" / "crash" / ".".join(map(str, kept)) / "kill.jsonl"
    lines = results.read_text().splitlines()
    results.write_text("\n".join([*lines, lines[-1][:40]]))
    with _walk(measured) as second:
        assert second.resumed == len(lines)
    assert json.loads(lines[0])["point"]["activity"] == "secondary is asked"


def test_what_the_walk_stumbles_over_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stumbles:
        def take(self, *_: object) -> None:
            raise ValueError("no legs\nat all")

        def leave(self) -> None:
            pass

    monkeypatch.setattr(walk, "_stage", Stumbles())
    assert walk._taken(None, "kill").found == {  # type: ignore[arg-type]
        "the walk itself": "ValueError: no legs"
    }


def test_progress_is_told_now_and_then() -> None:
    said = io.StringIO()
    progress = Progress(100, to=said)
    for _ in range(100):
        progress.step("here")
    lines = said.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[-1].startswith("100/100 points, ")
