# SPDX-License-Identifier: BSD-3-Clause
"""Proves that every kind that is here is run, that the others are named, and what the exit status is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ci import every_port
from ci.answer.example import case, report
from ci.host.say import COULD_NOT_RUN, CannotRun
from traffic.ports.kinds import KINDS

JUNIT = '<testsuites><testsuite name="pytest" tests="1"/></testsuites>'
HERE = ["net_tap", "net_pcap"]


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every_port, "here", lambda: (HERE, {"net_memif": "no memif"}))


def _run(tmp_path: Path, ends: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Runs the kinds that are here; each ends as told: how its one case ends, or what is raised."""

    def one(kind: str, into: Path, more: dict[str, str]) -> tuple[dict[str, Any], int]:
        assert (into, more) == (tmp_path / kind, {"GAUNTLET_NAME": kind})
        end = ends[kind]
        if isinstance(end, BaseException):
            raise end
        (into / "junit.xml").write_text(JUNIT)
        how, status = end
        return report(case(how), port=kind, called=kind), status

    return every_port.run("ci/x", tmp_path, one)


def test_each_kind_is_run_and_the_others_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports, status = _run(tmp_path, {"net_tap": ("holds", 0), "net_pcap": ("not run", 0)})
    assert [one["port"] for one in reports] == HERE
    assert status == COULD_NOT_RUN  # One of them has run nothing.
    said = capsys.readouterr().out
    assert "cannot be had here: net_memif (no memif)" in said.splitlines()[-1]
    assert "net_tap" in (tmp_path / "index.html").read_text()
    assert (tmp_path / "junit.xml").read_text().count("<testsuite ") == 2
    assert (tmp_path / "answer.txt").read_text() in said


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ({"net_tap": ("holds", 0), "net_pcap": ("holds", 0)}, 0),
        ({"net_tap": ("breaks", 1), "net_pcap": ("holds", 0)}, 1),
        ({"net_tap": ("holds", 0), "net_pcap": ("holds", 3)}, COULD_NOT_RUN),
        ({"net_tap": CannotRun("no"), "net_pcap": ("holds", 0)}, COULD_NOT_RUN),
        ({"net_tap": CannotRun("no"), "net_pcap": ("breaks", 1)}, 1),
        ({"net_tap": ("holds", 0), "net_pcap": KeyboardInterrupt()}, COULD_NOT_RUN),
    ],
)
def test_exit_status_is_that_of_the_worst(
    tmp_path: Path, ends: dict[str, Any], status: int
) -> None:
    assert _run(tmp_path, ends)[1] == status


def test_a_kind_that_is_not_run_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run(tmp_path, {"net_tap": CannotRun("no"), "net_pcap": ("holds", 0)})
    assert "ci/x: NOT RUN: net_tap" in capsys.readouterr().out.splitlines()


def test_nothing_to_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotRun, match="no kind of port was run"):
        _run(tmp_path, {kind: CannotRun("no") for kind in HERE})
    monkeypatch.setattr(every_port, "here", lambda: ([], {"net_tap": "no tun"}))
    with pytest.raises(CannotRun, match=r"can be had here: net_tap \(no tun\)"):
        _run(tmp_path, {})


def test_kinds_are_here_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found, lacking = every_port.here()
    assert {*found, *lacking} == {kind.kind for kind in KINDS} - {"PCI"}
