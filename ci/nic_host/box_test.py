# SPDX-License-Identifier: BSD-3-Clause
"""Proves what comes of a guest: its command's status, a DMA fault, or a line that says why there is none.
The QEMU of these tests is a script.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ci.host.say import CannotRun
from ci.nic_host import box, initrd, progress
from ci.nic_host.box import Box
from ci.nic_host.kernel import Kernel
from ci.nic_host.nics import KnownFault, Nic
from ci.nic_host.qemu import Qemu

ROOT = Path(__file__).resolve().parents[2]
FAULT = "DMAR: [DMA Write NO_PASID] Request device [00:08.0] fault addr 0x1000"

# What it is given: the descriptors of both channels, and the folder of the results.
SCRIPT = """#!/bin/sh
for word; do
  case $word in
  file,id=output,path=*) output=${{word##*path=}} ;;
  file,id=signs,path=*) signs=${{word##*path=}} ;;
  local,id=out,path=*) out=${{word#*path=}} && out=${{out%%,*}} ;;
  file:*) console=${{word#file:}} ;;
  esac
done
{does}
"""


def _box(folder: Path, monkeypatch: pytest.MonkeyPatch, does: str, nic: Nic) -> Box:
    qemu = folder / "qemu"
    qemu.write_text(SCRIPT.format(does=does))
    qemu.chmod(0o755)
    kernel = folder / "lib" / "modules" / "6.1"
    kernel.mkdir(parents=True)
    (kernel / "modules.builtin").touch()
    monkeypatch.setattr(box, "HERE", folder / "build")
    monkeypatch.setattr(box, "ROOT", folder)
    monkeypatch.setattr(initrd, "archive", lambda *_: b"")
    return Box("x", nic, Qemu((str(qemu),), (7, 2)), Kernel(folder))


NIC = Nic("e1000e", "e1000e")


def test_the_status_and_what_was_printed_come_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    does = """
    printf 'ready 5.1\\nali' >"$signs"; echo printed >"$output"
    touch "$out/dmesg.log"; printf 've\\nstatus 42\\n' >"$signs"
    """
    made = _box(tmp_path, monkeypatch, does, NIC)
    assert made.run(["sh", "-c", "a 'b'"]) == 42
    said = capfd.readouterr().out
    assert "x: Linux 6.1 is ready after 5.1 s" in said and "printed\n" in said
    assert (made.out / "output.log").read_text() == "printed\n"
    command = (made.out / "box" / "command").read_text()
    assert command == f"cd {tmp_path} && exec sh -c 'a '\"'\"'b'\"'\"''"


@pytest.mark.parametrize(("status", "told"), [(0, 1), (3, 3)])
def test_a_fault_is_red(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    status: int,
    told: int,
) -> None:
    does = f'echo \'{FAULT}\' >"$out/dmesg.log"; echo status {status} >"$signs"'
    assert _box(tmp_path, monkeypatch, does, NIC).run(["true"]) == told
    assert f"x: DMA FAULT: {FAULT}" in capfd.readouterr().out


def test_a_known_fault_is_said_and_not_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    nic = Nic("x", "x", known_faults=(KnownFault("addr 0x1000", "a mistake of QEMU's"),))
    does = f'echo \'{FAULT}\' >"$out/dmesg.log"; echo status 0 >"$signs"'
    assert _box(tmp_path, monkeypatch, does, nic).run(["true"]) == 0
    assert "x: 1 known DMA faults: a mistake of QEMU's" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("echo no memory >&2; exit 1", "QEMU does not start: no memory;"),
        ("echo panic >$console", "the guest with e1000e ended before the command did; "),
        ("echo ready 5 >$signs; echo panic >$console", "ended before the command did; "),
    ],
)
def test_no_status_is_one_line_and_the_end_of_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, why: str
) -> None:
    with pytest.raises(CannotRun) as told:
        _box(tmp_path, monkeypatch, does, NIC).run(["true"])
    first, *console = str(told.value).splitlines()
    assert why in first and first.endswith("ends:")
    assert console == (["panic"] if "panic" in does else [])


def test_a_guest_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "IDLE_LOOKS", 1)
    does = "echo $$ >$out/pid; exec 3>$signs 4>$output; exec sleep 1000"
    made = _box(tmp_path, monkeypatch, does, NIC)
    with pytest.raises(CannotRun, match="the guest with e1000e has had nothing to do for 2 s"):
        made.run(["true"])
    assert not psutil.pid_exists(int((made.out / "pid").read_text()))


OWNER = """
import sys
from pathlib import Path
import pytest
from ci.nic_host import box_test
folder = Path(sys.argv[1])
does = "exec 3>$signs; echo $$ >$out/pid; echo ready 1 >&3; exec sleep 1000 4>$output"
box_test._box(folder, pytest.MonkeyPatch(), does, box_test.NIC).run(["true"])
"""


def test_the_guest_ends_with_an_owner_that_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert "is ready" in owner.stdout.readline()
        guest = psutil.Process(int((tmp_path / "build" / "e1000e" / "pid").read_text()))
        os.kill(owner.pid, signal.SIGKILL)
        assert psutil.wait_procs([guest], 10)[1] == []
