# SPDX-License-Identifier: BSD-3-Clause
"""Proves that every NIC gets its turn, and what is told where one could not be had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ci.answer.example import case, report
from ci.host.say import COULD_NOT_RUN, CannotRun
from ci.nic_host import every_nic
from ci.nic_host.nics import NICS


class _Box:
    """A box that runs nothing. how: the case of its report ends so; None for no report."""

    def __init__(self, folder: Path, name: str, status: int, how: str | None) -> None:
        self.out = folder / name
        self.name, self.status, self.how = name, status, how

    def run(self, argv: list[str]) -> int:
        """Leaves a report, as a guest does."""
        assert argv == ["env", f"GAUNTLET_NAME={self.name}", "ci/validate"]
        if self.how is not None:
            (self.out / "report").mkdir(parents=True)
            made = json.dumps(report(case(self.how), called=self.name))
            (self.out / "report" / "report.json").write_text(made)
        return self.status


def _run(folder: Path, monkeypatch: pytest.MonkeyPatch, ends: dict[str, Any]) -> int:
    """The exit status, where each NIC ends as told, and the others with 0 and one case that holds."""
    monkeypatch.setattr(every_nic, "HERE", folder)

    def ready(name: str) -> Any:
        end = ends.get(name, (0, "holds"))
        if isinstance(end, CannotRun):
            raise end
        return _Box(folder, name, *end)

    return every_nic.run("ci/x", ["ci/validate"], ready)


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ({}, 0),
        ({"e1000": (1, "breaks")}, 1),
        ({"e1000": (3, None)}, 3),
        ({"igb": CannotRun("no igb")}, COULD_NOT_RUN),
        ({"igb": CannotRun("no igb"), "e1000": (1, "breaks")}, 1),
    ],
)
def test_status_is_the_worst(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: dict[str, Any], status: int
) -> None:
    assert _run(tmp_path, monkeypatch, ends) == status


def test_page_and_table_have_every_nic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(tmp_path, monkeypatch, {"igb": CannotRun("no igb"), "virtio": (3, None)})
    head = (tmp_path / "answer.txt").read_text().splitlines()[0]
    assert head.split()[-3:] == ["e1000e", "e1000", "vmxnet3"]
    assert "vmxnet3" in (tmp_path / "index.html").read_text()
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("e1000e: 0; e1000: 0; virtio: 3; vmxnet3: 0; igb: NOT RUN")


def test_commands_that_leave_no_report_have_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(tmp_path, monkeypatch, {name: (0, None) for name in NICS})
    assert not (tmp_path / "index.html").exists()
