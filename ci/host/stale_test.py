# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a build tree is started anew when the checkout, DPDK or the compiler is another one, and
only then."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ci.host import build
from ci.host import stale

PROJECT = """
cmake_minimum_required(VERSION 3.18)
project(small LANGUAGES CXX)
find_package(PkgConfig REQUIRED)
pkg_check_modules(DPDK REQUIRED libdpdk)
add_subdirectory(part)
"""
PART = """
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/main.cpp "int main() {}")
add_executable(small ${CMAKE_CURRENT_BINARY_DIR}/main.cpp)
"""


def dpdk(folder: Path, version: str) -> dict[str, str]:
    """An environment in which pkg-config finds a libdpdk of this version, in this folder."""
    folder.mkdir(exist_ok=True)
    described = f"prefix={folder}\nincludedir=${{prefix}}/i\nlibdir=${{prefix}}/l\n"
    described += f"Name: dpdk\nDescription: none\nVersion: {version}\n"
    (folder / "libdpdk.pc").write_text(described)
    return {**os.environ, "PKG_CONFIG_PATH": str(folder)}


def configure(source: Path, environment: dict[str, str]) -> None:
    argv = ["cmake", "-S", str(source), "-B", str(source / "build")]
    subprocess.run(argv, env=environment, check=True, capture_output=True)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small project, configured on DPDK 22.11.1, with what is not CMake's in its build tree."""
    source = tmp_path / "first"
    (source / "part").mkdir(parents=True)
    (source / "CMakeLists.txt").write_text(PROJECT)
    (source / "part" / "CMakeLists.txt").write_text(PART)
    configure(source, dpdk(tmp_path / "dpdk", "22.11.1"))
    report = source / "build" / "report"
    report.mkdir()
    (report / "report.json").write_text("{}")
    inner = source / "build" / "inner"
    (inner / "CMakeFiles").mkdir(parents=True)
    (inner / "CMakeCache.txt").write_text("")
    return source


def why(source: Path, environment: dict[str, str]) -> str | None:
    return stale.why(source / "build", source, environment)


def test_nothing_is_stale_where_nothing_has_changed(small: Path, tmp_path: Path) -> None:
    assert why(small, dpdk(tmp_path / "dpdk", "22.11.1")) is None
    assert why(tmp_path, dict(os.environ)) is None  # No tree yet.


@pytest.mark.parametrize("way", [shutil.move, shutil.copytree])
def test_another_place_is_built_anew(small: Path, tmp_path: Path, way: object) -> None:
    environment = dpdk(tmp_path / "dpdk", "22.11.1")
    second = tmp_path / "second"
    assert callable(way)
    way(small, second)
    with pytest.raises(subprocess.CalledProcessError):
        configure(second, environment)
    reason = why(second, environment)
    assert reason and f"moved or copied: it was built as {small}/build" in reason, reason
    stale.start_anew(second / "build")
    configure(second, environment)
    assert why(second, environment) is None
    left = sorted(str(path.relative_to(second)) for path in second.glob("build/*/*.*"))
    assert {"build/report/report.json", "build/inner/CMakeCache.txt"} <= set(left), left


def test_start_anew_takes_objects_too(small: Path) -> None:
    stale.start_anew(small / "build")
    assert not (small / "build" / "part").exists()
    assert (small / "part").exists()


def test_another_dpdk_is_built_anew(small: Path, tmp_path: Path) -> None:
    newer = dpdk(tmp_path / "dpdk", "24.11.8")
    assert "DPDK was 22.11.1 " in str(why(small, newer)) and "is 24.11.8 " in str(why(small, newer))
    elsewhere = dpdk(tmp_path / "opt", "22.11.1")
    assert f"and is 22.11.1 {tmp_path}/opt/i" in str(why(small, elsewhere))
    stale.start_anew(small / "build")
    configure(small, newer)
    assert why(small, newer) is None


def test_another_compiler_is_built_anew(small: Path, tmp_path: Path) -> None:
    (described,) = small.glob("build/CMakeFiles/*/CMakeCXXCompiler.cmake")
    version = subprocess.run(["c++", "-dumpfullversion"], capture_output=True, text=True).stdout
    described.write_text(described.read_text().replace(version.strip(), "10.2.1"))
    reason = why(small, dpdk(tmp_path / "dpdk", "22.11.1"))
    assert reason == f"the compiler was 10.2.1, and is {version.strip()}"


def test_a_dpdk_that_is_gone_is_left_to_cmake(small: Path, tmp_path: Path) -> None:
    environment = dpdk(tmp_path / "dpdk", "22.11.1")
    (tmp_path / "dpdk" / "libdpdk.pc").unlink()
    assert why(small, {**environment, "PKG_CONFIG_LIBDIR": "/nowhere"}) is None


def test_the_first_errors_of_a_log_are_told() -> None:
    log = (
        "[1%] a.cpp\na.cpp:1:2: error: no such thing\nb: undefined reference to `x()'\ngmake: ***\n"
    )
    assert (
        build.complaint(log) == "a.cpp:1:2: error: no such thing | b: undefined reference to `x()'"
    )
    assert build.complaint("one\ntwo\nthree\nfour\n") == "two | three | four"
