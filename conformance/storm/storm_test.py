# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a way of failing is found once, made shorter, kept, and known to the next storm."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from conformance.storm.__main__ import Storm
from conformance.storm.findings import Findings, way
from targets.outcome import Breach, Died, Hang


class Runs:
    """Texts that have these words in them fail. rarely: only the first time."""

    def __init__(self, words: str, rarely: bool = False) -> None:
        self.words = words
        self.rarely = rarely
        self.runs = 0
        self.failed = 0

    def breach(self, text: str) -> Breach | None:
        self.runs += 1
        if self.words not in text or (self.rarely and self.failed):
            return None
        self.failed += 1
        return Died("primary1 lives", "primary1 died: SIGSEGV")


def _storm(runs: Runs, folder: Path) -> Storm:
    ticks = count()
    return Storm(runs, Findings(folder), seed=1, clock=lambda: float(next(ticks)))


def test_finding_is_made_shorter_and_known_afterwards(tmp_path: Path) -> None:
    storm = _storm(Runs("dies"), tmp_path)
    storm.rage(200)
    assert storm.new == ["Died: primary1 died: SIGSEGV"]
    (told,) = json.loads((tmp_path / "findings.json").read_text())
    text = (tmp_path / told["file"]).read_text()
    assert (told["lines"] <= 3, "dies" in text, told["seen"] > 1) == (True, True, True)
    again = _storm(Runs("dies"), tmp_path)
    again.rage(50)
    assert again.new == [] and again.taken > 0


def test_what_does_not_fail_again_is_kept_as_it_is(tmp_path: Path) -> None:
    storm = _storm(Runs("dies", rarely=True), tmp_path)
    storm.rage(100)
    (told,) = json.loads((tmp_path / "findings.json").read_text())
    assert told["lines"] > 10 and told["seen"] == 1


def test_calm_weather_finds_nothing(tmp_path: Path) -> None:
    storm = _storm(Runs("no such word"), tmp_path)
    storm.rage(20)
    assert storm.new == [] and list(tmp_path.glob("*.scenario")) == []


@pytest.mark.parametrize(
    "one, other, same",
    [
        (Hang("", "hang: malloc of secondary1"), Hang("", "hang: malloc of secondary3"), True),
        (Hang("", "hang: malloc of secondary1"), Hang("", "hang: malloc of primary1"), False),
        (
            Breach("line 3: x1 ret=0", "line 3: ret=1"),
            Breach("line 9: x4 ret=0", "line 9: ret=1"),
            True,
        ),
        (
            Breach("line 3: a ret=0", "line 3: ret=1"),
            Breach("line 3: b ret=0", "line 3: ret=1"),
            False,
        ),
    ],
)
def test_ways_of_failing(one: Breach, other: Breach, same: bool) -> None:
    assert (way(one) == way(other)) == same
