# SPDX-License-Identifier: BSD-3-Clause
"""Proves that parts of a package come out of it, and that nothing half-made is used."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ci.host.say import CannotRun
from ci.nic_host import packages


def _deb(folder: Path) -> Path:
    made = folder / "made"
    (made / "DEBIAN").mkdir(parents=True)
    control = "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x.x>\nDescription: x\n"
    (made / "DEBIAN" / "control").write_text(control)
    for name in ("boot/vmlinuz-1", "usr/share/doc/x"):
        (made / name).parent.mkdir(parents=True)
        (made / name).write_text(name)
    deb = folder / "x.deb"
    subprocess.run(["dpkg-deb", "--build", made, deb], check=True, capture_output=True)
    return deb


def test_only_the_parts_come_out(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    packages.unpack(_deb(tmp_path), into, ["./boot/vmlinuz-*", "./not/there/*"])
    found = [path.relative_to(into) for path in into.rglob("*") if path.is_file()]
    assert found == [Path("boot/vmlinuz-1")]


def test_no_package_and_a_full_disk_are_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.deb"
    broken.write_text("no package")
    with pytest.raises(CannotRun, match="broken.deb cannot be unpacked: it is no .deb"):
        packages.unpack(broken, tmp_path, ["*"])
    in_the_way = tmp_path / "into"
    in_the_way.mkdir()
    (in_the_way / "boot").write_text("a file where a folder is wanted")
    with pytest.raises(CannotRun, match="x.deb cannot be unpacked: tar: "):
        packages.unpack(_deb(tmp_path), in_the_way, ["./boot/vmlinuz-*"])


def test_what_is_half_made_is_made_again(tmp_path: Path) -> None:
    def fail(making: Path) -> str:
        (making / "half").write_text("")
        raise CannotRun("no network")

    def succeed(making: Path) -> str:
        assert list(making.iterdir()) == []
        (making / "all").write_text("")
        return "kernel_1"

    with pytest.raises(CannotRun, match="no network"):
        packages.kept(tmp_path / "kernel", fail)
    made = packages.kept(tmp_path / "kernel", succeed)
    assert made.name == "kernel_1+whole" and (made / "all").exists()
    assert packages.kept(tmp_path / "kernel", fail) == made


def test_the_suite_is_the_machines(tmp_path: Path) -> None:
    told = tmp_path / "os-release"
    told.write_text("ID=debian\nVERSION_CODENAME=trixie\n")
    assert packages.suite(told) == "trixie"
    told.write_text("ID=debian\n")
    with pytest.raises(CannotRun, match="names no suite of Debian"):
        packages.suite(told)
    with pytest.raises(CannotRun, match="names no suite of Debian"):
        packages.suite(tmp_path / "missing")
