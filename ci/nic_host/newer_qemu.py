# SPDX-License-Identifier: BSD-3-Clause
"""A QEMU with models that this machine's own lacks: Debian 13's, with its libraries, unpacked and never
installed."""

from __future__ import annotations

from pathlib import Path

from ci.host.apt import Apt, suite_source
from ci.host.say import step
from ci.nic_host import packages, qemu
from ci.nic_host.where import HERE

SUITE = "trixie"
PACKAGE = "qemu-system-x86"
_LOADER = "lib64/ld-linux-x86-64.so.2"
_LIBRARIES = "usr/lib/x86_64-linux-gnu"
_PARTS = ("./usr/bin/*", "./usr/lib*", "./usr/share/qemu/*", "./usr/share/seabios/*")


def ready(command: str, here: Path = HERE / "qemu") -> qemu.Qemu:
    """Debian 13's QEMU, downloaded unless it is there; CannotRun when it cannot be had."""

    def make(making: Path) -> str:
        return _unpacked(command, Apt(here / "apt", suite_source(SUITE)), making)

    return qemu.of(started(packages.kept(here, make)))


def started(root: Path) -> tuple[str, ...]:
    """How it is started where another Debian is installed: by its own loader, with its own libraries."""
    usr = root / "usr"
    libraries = f"{root / _LIBRARIES}:{root / 'usr/lib/x86_64-linux-gnu/pulseaudio'}"
    firmware = (usr / "share" / "qemu", usr / "share" / "seabios", usr / "lib" / "ipxe" / "qemu")
    folders = [text for folder in firmware for text in ("-L", str(folder))]
    loader = str(root / "usr" / _LOADER)
    program = str(usr / "bin" / qemu.PROGRAM)
    return (loader, "--library-path", libraries, program, *folders)


def _unpacked(command: str, apt: Apt, making: Path) -> str:
    apt.get("update")
    version = apt.version(PACKAGE)
    step(command, f"downloading QEMU {version} of Debian {SUITE}, which has that NIC (60 MB)")
    apt.get("clean")
    apt.get("install", "-y", "--no-install-recommends", "--download-only", PACKAGE)
    archives = making.parent / "apt" / "archives"
    for deb in sorted(archives.glob("*.deb")):
        packages.unpack(deb, making, _PARTS)
    apt.get("clean")
    return f"{PACKAGE}_{version.replace(':', '%')}"
