# SPDX-License-Identifier: BSD-3-Clause
"""Proves the command line of QEMU, and what is said of a QEMU that does not work."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.host.say import CannotRun
from ci.nic_host import qemu
from ci.nic_host.kernel import Kernel
from ci.nic_host.nics import NICS
from ci.nic_host.qemu import Channels, Qemu


def _program(folder: Path, does: str) -> tuple[str, ...]:
    path = folder / "qemu"
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return (str(path),)


def test_its_version_is_what_it_says(tmp_path: Path) -> None:
    told = _program(tmp_path, "echo QEMU emulator version 10.0.13 of Debian")
    assert qemu.of(told) == Qemu(told, (10, 0))


def test_one_that_does_not_work_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = _program(tmp_path, "echo libx.so: not found >&2; exit 127")
    with pytest.raises(CannotRun, match="is no QEMU that works: libx.so: not found"):
        qemu.of(broken)
    with pytest.raises(CannotRun, match="it said nothing"):
        qemu.of(_program(tmp_path, "exit 1"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match="is missing: install qemu-system-x86"):
        qemu.installed()


def test_the_host_cannot_be_written_and_kvm_is_never_used() -> None:
    to = Channels(Path("/b/console.log"), 7, 8)
    argv = qemu.command_line(
        Qemu(("q",), (7, 2)), NICS["virtio"], Kernel(Path("/k")), Path("/b/i"), Path("/b,c"), to
    )
    line = " ".join(argv)
    assert "path=/,security_model=none,readonly=on" in line and "path=/b,,c," in line
    assert "kvm" not in line and "-accel tcg" in line
    assert "iommu_platform=on,ats=on,netdev=end0,mac=52:54:00:67:6e:01,addr=0x8" in line
    assert "file,id=output,path=/dev/fd/7" in line and "file,id=signs,path=/dev/fd/8" in line
