# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/storm takes, and what it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ci import storm
from ci.host import build, enter, packages
from ci.host.say import CannotRun


@pytest.mark.parametrize(
    "argv, said",
    [
        (["--hours", "many"], "--hours is 'many'; it must be a number, 0.0001 to 10000"),
        (["--hours", "0"], "--hours is '0'"),
        (["--hours", "nan"], "--hours is 'nan'"),
        (["--seed", "1.5"], "--seed is '1.5'"),
        (["--seed", "-1"], "--seed is '-1'"),
        (["--release", "19.11"], "Debian serves"),
    ],
)
def test_bad_input_is_one_line(argv: list[str], said: str) -> None:
    with pytest.raises(CannotRun) as error:
        storm.main(argv)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_storm_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def run(command: str, argv: list[str], **options: Any) -> int:
        started.append(argv)
        return 1

    monkeypatch.setattr(storm, "FOLDER", tmp_path)
    monkeypatch.setattr(enter, "run", run)
    monkeypatch.setattr(packages, "install", lambda *a: None)
    monkeypatch.setattr(packages, "dpdk_release", lambda: "22.11")
    monkeypatch.setattr(build, "build", lambda *a, **k: None)
    assert storm.main(["--hours", "2", "--seed", "7"]) == 1
    assert started[0][-3:] == [str(tmp_path), "7", "7200.0"]
