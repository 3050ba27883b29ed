# SPDX-License-Identifier: BSD-3-Clause
"""Proves that an order that fails is found, made short, written, and fails each time it is played."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest

from conformance.scenario.explore import main
from conformance.scenario.play import failure
from conformance.scenario.text import parse
from targets.scene import Scene

# Fails where the second one is the first: of DPDK nothing is wrong with that.
RACE = """primary1 starts
schedule
first: primary1 begins mp_action_register name=x manner=reply
second: primary1 begins mp_action_register name=x manner=reply
expect first ret=0
second ends
"""


@pytest.mark.parametrize("how", [["--seed=3"], ["--all-orders=1"]])
def test_order_that_fails_is_written_and_fails_each_time(
    make_scene: Callable[[], Scene],
    tmp_path: Path,
    verbs: Any,
    capsys: pytest.CaptureFixture[str],
    how: list[str],
) -> None:
    (tmp_path / "race.scenario").write_text(RACE)
    assert (
        main([str(tmp_path / "race.scenario"), str(tmp_path / "out"), "--until-fails", *how]) == 1
    )
    told = capsys.readouterr().out
    assert (
        "Breach: ret=-1" in told,
        "in 1 switches, by new processes: Breach: ret=-1" in told,
    ) == (
        True,
        True,
    )
    found = (tmp_path / "out.1.scenario").read_text()
    seen = [failure(parse(found, verbs), make_scene()) for _ in range(3)]
    assert [error.observed if error else "" for error in seen] == ["line 5: ret=-1"] * 3
    assert failure(parse(RACE, verbs), make_scene()) is None


def test_all_orders_end_by_themselves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fine.scenario").write_text(
        RACE.replace("expect first ret=0", "first ends; primary1 lives")
    )
    assert main([str(tmp_path / "fine.scenario"), str(tmp_path / "out"), "--all-orders=1"]) == 0
    told = capsys.readouterr().out
    assert ("0 failed, in 0 ways" in told, "new processes" in told) == (True, True)


def test_what_is_no_scenario_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wrong.scenario").write_text("primary1 starts\nschedule 1=nobody\nprimary1 lives\n")
    assert main([str(tmp_path / "wrong.scenario"), str(tmp_path / "out")]) == 2
    assert "expected NUMBER=WHO" in capsys.readouterr().err
