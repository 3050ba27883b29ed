# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the reservation is raised and comes back, also when its owner is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ci.host import hugepages
from ci.host.hugepages import Reservation, add
from ci.host.say import CannotRun

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sysfs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like the kernel's: 5 pages, of which 3 are free."""
    monkeypatch.setattr(hugepages, "SYSFS", tmp_path)
    monkeypatch.setattr(hugepages, "default_size_kb", lambda: 2048)
    folder = tmp_path / "hugepages-2048kB"
    folder.mkdir()
    (folder / "nr_hugepages").write_text("5\n")
    (folder / "free_hugepages").write_text("3\n")
    return folder


def _reserved(folder: Path) -> int:
    return int((folder / "nr_hugepages").read_text())


def test_raised_and_put_back(sysfs: Path) -> None:
    with Reservation(10) as reservation:
        assert (reservation.lacking, _reserved(sysfs)) == (None, 12)
    assert _reserved(sysfs) == 5


def test_enough_is_left_alone(sysfs: Path) -> None:
    with Reservation(3):
        assert _reserved(sysfs) == 5
    assert _reserved(sysfs) == 5


def test_pages_of_another_run_do_not_count(sysfs: Path) -> None:
    with Reservation(3):
        with Reservation(3):
            assert _reserved(sysfs) == 8
        assert _reserved(sysfs) == 5


def test_two_runs_do_not_undo_each_other(sysfs: Path) -> None:
    with Reservation(10):
        add(sysfs / "nr_hugepages", 4)
    assert _reserved(sysfs) == 9


def test_pages_that_are_still_in_use_are_given_back_later(sysfs: Path) -> None:
    """Nine pages: four of a run that has ended are still in use, and surplus; five are reserved."""
    (sysfs / "nr_hugepages").write_text("9\n")
    (sysfs / "surplus_hugepages").write_text("4\n")
    add(sysfs / "nr_hugepages", -2)
    assert _reserved(sysfs) == 3


def test_killed_owner_gives_back(sysfs: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ci.host import hugepages\n"
        f"hugepages.SYSFS = Path({str(sysfs.parent)!r})\n"
        "hugepages.default_size_kb = lambda: 2048\n"
        "with hugepages.Reservation(10) as r:\n"
        "    print(r._undo.pid, flush=True); sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    undoer = int(owner.stdout.readline())
    assert _reserved(sysfs) == 12
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    import psutil

    _, alive = psutil.wait_procs([psutil.Process(undoer)] if psutil.pid_exists(undoer) else [], 10)
    assert (alive, _reserved(sysfs)) == ([], 5)


def test_read_only_host_is_no_error(sysfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Reservation(10) as reservation:
        assert "cannot be reserved here" in (reservation.lacking or "")
    assert _reserved(sysfs) == 5


def test_kernel_without_hugepages_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hugepages, "default_size_kb", lambda: None)
    with Reservation(10) as reservation:
        assert reservation.lacking == "this kernel has no hugepages"


def test_too_few_are_given_back_and_told(sysfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stingy(Reservation):
        def _raise(self, reservation: Path, short: int) -> None:
            super()._raise(Path("/proc/self/nr_hugepages"), short)

    with Stingy(10) as reservation:
        assert "refused" in (reservation.lacking or "")
    assert _reserved(sysfs) == 5


def test_host_that_gives_less_cannot_run(sysfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.Popen

    def short_of_pages(argv: list[str], **options: object) -> subprocess.Popen[str]:
        given = [*argv[:-1], str(int(argv[-1]) - 2)]
        return real(given, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "Popen", short_of_pages)
    with pytest.raises(CannotRun, match="gave 5 of 7 hugepages"):
        Reservation(10).__enter__()
    assert _reserved(sysfs) == 5
