# SPDX-License-Identifier: BSD-3-Clause
"""The releases of DPDK that Debian has, one a suite: downloaded and unpacked, never installed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ci.host import deb
from ci.host.apt import Apt, suite_source
from ci.host.say import CannotRun, step

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "build" / "releases"


@dataclass(frozen=True)
class Release:
    """A series of DPDK, and the suite of Debian that serves its newest point release."""

    series: str
    suite: str

    def __str__(self) -> str:
        return f"DPDK {self.series} (Debian {self.suite})"


RELEASES = (
    Release("20.11", "bullseye"),
    Release("22.11", "bookworm"),
    Release("24.11", "trixie"),
    Release("25.11", "forky"),
)


@dataclass(frozen=True)
class Unpacked:
    """Headers and shared libraries of one release, as they lie below / where they are installed."""

    release: Release
    folder: Path

    @property
    def version(self) -> str:
        """Debian's version of the package: "24.11.8-0+deb13u1"."""
        return self.folder.name

    @property
    def root(self) -> Path:
        """The directory that takes the place of /."""
        return self.folder / "root"

    @property
    def pkg_config(self) -> Path:
        """The folder of a libdpdk.pc that names these files."""
        return self.folder / "pkgconfig"


def unpacked(command: str, release: Release, here: Path = HERE) -> Unpacked:
    """The release, downloaded where it is not there yet; CannotRun when it cannot be had.

    What is there stays: delete its folder to get what the suite serves today.
    """
    folder = here / release.series
    for there in sorted(folder.glob("*/pkgconfig")):
        return Unpacked(release, there.parent)
    try:
        return _fetch(command, release, folder)
    except CannotRun as error:
        raise CannotRun(f"{release} cannot be had: {error}") from error


def _fetch(command: str, release: Release, folder: Path) -> Unpacked:
    step(command, f"downloading {release} (20 MB, and 20 MB of apt's lists)")
    apt = Apt(folder / "apt", suite_source(release.suite))
    apt.get("update")
    found = Unpacked(release, folder / apt.version("libdpdk-dev"))
    if not found.version.startswith(f"{release.series}."):
        raise CannotRun(f"its libdpdk-dev is {found.version}: correct RELEASES in ci/releases.py")
    libraries = [name for name in apt.depends("libdpdk-dev") if name.startswith("librte-")]
    debs = folder / "debs"
    shutil.rmtree(debs, ignore_errors=True)
    debs.mkdir()
    apt.get("download", "libdpdk-dev", *libraries, cwd=debs)
    shutil.rmtree(found.folder, ignore_errors=True)
    found.root.mkdir(parents=True)
    for package in sorted(debs.glob("*.deb")):
        unpack(package, found.root, "*.a")
    shutil.rmtree(debs)
    describe(found)
    return found


def unpack(package: Path, root: Path, *without: str) -> None:
    """The files of one package, but for its documentation and what matches `without`."""
    excluded = [f"--exclude={pattern}" for pattern in ("./usr/share", *without)]
    deb.unpack(package, root, *excluded)


def describe(found: Unpacked) -> None:
    """Writes the pkg-config files of a release. They are written last: the release beside them is
    whole."""
    making = found.folder / "pkgconfig.part"
    making.mkdir()
    for described in found.root.rglob("pkgconfig/libdpdk*.pc"):
        (making / described.name).write_text(relocated(described.read_text()))
    if not (making / "libdpdk.pc").exists():
        raise CannotRun(f"{found.root} has no libdpdk.pc: what was downloaded is no libdpdk-dev")
    making.rename(found.pkg_config)


def relocated(text: str) -> str:
    """A pkg-config file for the root beside its folder, without what only static linking needs."""
    lines = [line for line in text.splitlines() if not line.startswith("Requires.private:")]
    moved = [
        "prefix=${pcfiledir}/../root/usr" if line.startswith("prefix=") else line for line in lines
    ]
    return "\n".join(moved) + "\n"
