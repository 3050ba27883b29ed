# SPDX-License-Identifier: BSD-3-Clause
"""Proves that only what fails in the same way is taken for a shorter scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.scenario.minimise import Trial, minimise, way
from conformance.verdicts.run import Run
from targets.outcome import Breach, Died

TEXT = """primary1 starts
primary1 registers ping: reply
a: primary1 does mp_action_register name=ping
expect a ret=0
"""


class _Told:
    """Fails as the test says; counts."""

    def __init__(self, ways: list[str | None]) -> None:
        self._ways = ways
        self.runs = 0

    def failure(self, text: str) -> str | None:
        self.runs += 1
        return self._ways[self.runs % len(self._ways)]


def test_what_never_fails_cannot_be_made_shorter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial, out = _Told([None]), tmp_path / "out"
    assert minimise(TEXT, trial, out) == 2  # type: ignore[arg-type]
    assert ("it failed 0 of 20 times" in capsys.readouterr().err, out.exists()) == (True, False)


def test_commonest_way_is_looked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trial = _Told(["one", "two", "two"])
    assert minimise(TEXT, trial, tmp_path / "out") == 0  # type: ignore[arg-type]
    assert "by 'two'" in capsys.readouterr().out


def test_way_has_no_line_and_no_address() -> None:
    ways = [way(Breach("x", f"line {n}: ring=0x1003d9c{n}0")) for n in (1, 2)]
    assert ways == ["Breach: ring=0x..."] * 2
    assert way(Died("x", "primary1 died: SIGSEGV")) == "Died: primary1 died: SIGSEGV"


def test_scenario_is_made_shorter_with_real_processes(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    trial = Trial(run, tmp_path / "scenes")
    text = TEXT.replace("primary1 registers", "secondary1 starts\nprimary1 registers")
    assert minimise(text, trial, out) == 0
    assert "secondary1" not in out.read_text()
    assert trial.failure(out.read_text()) == "Breach: ret=-1"
    assert trial.failure("primary1 starts; primary1 lives") is None
    assert trial.failure("no scenario") is None
