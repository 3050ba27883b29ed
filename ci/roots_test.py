# SPDX-License-Identifier: BSD-3-Clause
"""Proves how a root is laid out and keyed, and that a half-made one is never used."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ci import roots
from ci.host.say import CannotRun
from ci.releases import ROOT, Release, Unpacked

TRIXIE = Release("24.11", "trixie")


class Serves:
    """An apt that serves these packages; what it is asked to get, fails."""

    def __init__(self, version: str = "24.11.8-1", *packages: str) -> None:
        self._version = version
        self._packages = list(packages)

    def version(self, package: str) -> str:
        return self._version

    def depends(self, package: str) -> list[str]:
        return ["librte-eal25", "librte-net-tap25", "librte-net-mlx5-25", "libfdt1", "python3"]

    def would_install(self, *packages: str) -> list[str]:
        self.asked = packages
        return self._packages

    def get(self, *argv: str, cwd: Path | None = None) -> None:
        raise CannotRun("the registry is down")


def _make(apt: Serves, folder: Path) -> Unpacked:
    return roots._made("test", TRIXIE, apt, folder)  # type: ignore[arg-type]


def test_a_root_is_used_again_while_it_holds_what_is_served(tmp_path: Path) -> None:
    apt = Serves("24.11.8-1", "libc6 2.41")
    there = tmp_path / roots.name_of("24.11.8-1", ["libc6 2.41"])
    there.mkdir()
    with pytest.raises(CannotRun, match="registry is down"):
        _make(apt, tmp_path)  # What is half made is not used.
    (there / "pkgconfig").mkdir()
    assert _make(apt, tmp_path).folder == there
    with pytest.raises(CannotRun, match="registry is down"):
        _make(Serves("24.11.8-1", "libc6 2.42"), tmp_path)
    assert there.exists()  # Until there is a newer one.


def test_what_the_compiler_has_read_is_noted_as_make_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, notes = Unpacked(TRIXIE, tmp_path), tmp_path / "a.o.d"
    roots._write_compiler(found)
    # In place of entering the root: what its compiler notes.
    compiles = tmp_path / "unshare"
    compiles.write_text(f"#!/bin/sh\necho 'a.o: /src/a.cpp /usr/include/b.h' > {notes}\n")
    compiles.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    subprocess.run([str(tmp_path / "g++"), "-MD", "-MF", str(notes), "-c", "a.cpp"], check=True)
    assert notes.read_text() == f"a.o: /src/a.cpp {found.root}/usr/include/b.h\n"


def test_what_testpmd_and_the_scenes_use_is_installed_with_what_it_needs(tmp_path: Path) -> None:
    apt = Serves()
    with pytest.raises(CannotRun):
        _make(apt, tmp_path)
    assert {"librte-net-tap25", "libfdt1", "g++"} <= set(apt.asked)
    assert "python3" not in apt.asked


def test_another_series_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="its libdpdk-dev is 25.11.4-1: correct RELEASES"):
        _make(Serves("25.11.4-1"), tmp_path)


def test_a_root_has_the_folders_of_an_installed_system(tmp_path: Path) -> None:
    roots._lay_out(tmp_path)
    assert (tmp_path / "lib").readlink() == Path("usr/lib")
    assert (tmp_path / "var" / "run").readlink() == Path("../run")
    assert (tmp_path / str(ROOT).lstrip("/")).is_dir()


@pytest.mark.parametrize(
    ("package", "driver"),
    [("librte-net-tap23", "net_tap"), ("librte-bus-vdev21", "bus_vdev"), ("librte-eal20.0", "eal")],
)
def test_a_package_is_known_by_its_driver(package: str, driver: str) -> None:
    assert roots._driver(package) == driver


def test_the_run_of_a_root_knows_its_peer(tmp_path: Path) -> None:
    found: Any = Unpacked(TRIXIE, tmp_path)
    assert roots.run_in(found) == {
        "GAUNTLET_ROOT": f"{tmp_path}/root",
        "GAUNTLET_PEER": f"{tmp_path}/build/targets/peer",
        "GAUNTLET_ALONE": "ci/qualify --release 24.11",
        "PKG_CONFIG_PATH": f"{tmp_path}/pkgconfig",
    }
