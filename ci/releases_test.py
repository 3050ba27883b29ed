# SPDX-License-Identifier: BSD-3-Clause
"""Proves how a release is unpacked, and that one that cannot be had is told by its name."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ci import releases
from ci.host import apt
from ci.releases import Release, Unpacked
from ci.host.say import CannotRun

TRIXIE = Release("24.11", "trixie")
DESCRIBED = """prefix=/usr
includedir=${prefix}/include/dpdk

Name: DPDK
Description: none
Version: 24.11.8
Requires.private: libmlx5, zlib
Cflags: -I${includedir}
"""


def deb(folder: Path, files: dict[str, str]) -> Path:
    """A package of these files."""
    tree = folder / "tree"
    control = tree / "DEBIAN" / "control"
    control.parent.mkdir(parents=True)
    about = "Package: small\nVersion: 1\nArchitecture: all\nMaintainer: none\nDescription: none\n"
    control.write_text(about)
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    subprocess.run(["dpkg-deb", "--build", str(tree), str(folder / "small.deb")], check=True)
    return folder / "small.deb"


def test_what_is_unpacked_is_what_is_linked_and_included(tmp_path: Path) -> None:
    package = deb(tmp_path, {"usr/include/a.h": "", "usr/lib/b.a": "", "usr/share/doc/c": ""})
    root = tmp_path / "root"
    root.mkdir()
    releases.unpack(package, root, "*.a")
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["a.h"]


def test_a_broken_download_is_told(tmp_path: Path) -> None:
    (tmp_path / "half.deb").write_text("half")
    with pytest.raises(CannotRun, match="half.deb cannot be unpacked"):
        releases.unpack(tmp_path / "half.deb", tmp_path)


def test_pkg_config_finds_what_was_unpacked_wherever_it_lies(tmp_path: Path) -> None:
    found = Unpacked(TRIXIE, tmp_path / "24.11.8-1")
    own = found.root / "usr" / "lib" / "pkgconfig"
    own.mkdir(parents=True)
    (own / "libdpdk.pc").write_text(DESCRIBED)
    releases.describe(found)
    found.folder.rename(tmp_path / "moved")
    argv = ["pkg-config", "--cflags", str(tmp_path / "moved" / "pkgconfig" / "libdpdk.pc")]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert (done.stderr, done.returncode) == ("", 0)
    include = Path(done.stdout.strip().removeprefix("-I")).resolve()
    assert include == tmp_path / "moved" / "root" / "usr" / "include" / "dpdk"


def test_a_download_without_a_dpdk_is_told(tmp_path: Path) -> None:
    found = Unpacked(TRIXIE, tmp_path)
    found.root.mkdir()
    with pytest.raises(CannotRun, match="has no libdpdk.pc"):
        releases.describe(found)
    assert not found.pkg_config.exists()


def test_what_is_there_is_not_downloaded_again(tmp_path: Path) -> None:
    folder = tmp_path / "24.11" / "24.11.8-0+deb13u1"
    (folder / "pkgconfig").mkdir(parents=True)
    found = releases.unpacked("test", TRIXIE, tmp_path)
    assert (found.folder, found.version) == (folder, "24.11.8-0+deb13u1")


def test_a_release_that_cannot_be_had_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        releases, "suite_source", lambda suite: f"deb file:{tmp_path}/no {suite} main\n"
    )
    with pytest.raises(
        CannotRun, match=r"DPDK 24.11 \(Debian trixie\) cannot be had: apt-get update"
    ):
        releases.unpacked("test", TRIXIE, tmp_path)


def test_a_suite_with_another_series_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "suite_source", lambda suite: "")
    monkeypatch.setattr(apt.Apt, "get", lambda self, *argv, cwd=None: None)
    monkeypatch.setattr(apt.Apt, "version", lambda self, package: "26.11.1-1")
    with pytest.raises(CannotRun, match="its libdpdk-dev is 26.11.1-1: correct RELEASES"):
        releases.unpacked("test", TRIXIE, tmp_path)
