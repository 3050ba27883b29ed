# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a prefix is taken for what it is, and refused in one line where a run could not take it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.host.say import CannotRun
from ci.installed import Installed, of_argument
from targets.application import find
from targets.dpdk import Dpdk
from targets.outcome import Unavailable

PC = "libdir={libdir}\nName: DPDK\nDescription: a DPDK\nVersion: 24.11.3\n"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A prefix with a libdpdk.pc that names a folder without libraries."""
    folder = tmp_path / "mine"
    (folder / "lib" / "pkgconfig").mkdir(parents=True)
    (folder / "lib" / "pkgconfig" / "libdpdk.pc").write_text(PC.format(libdir=folder / "lib"))
    return folder


def test_prefix_is_called_by_its_folder_or_by_a_name(prefix: Path) -> None:
    assert of_argument(str(prefix)) == Installed("mine", prefix)
    assert of_argument(f"patched={prefix}") == Installed("patched", prefix)
    assert Installed("patched", prefix).option == f"--dpdk patched={prefix}"


def test_libraries_are_where_pkg_config_says(prefix: Path) -> None:
    (prefix / "lib" / "librte_eal.so").touch()
    assert Installed("mine", prefix).libraries == prefix / "lib"


@pytest.mark.parametrize(
    "argument, said",
    [
        ("{prefix}/nowhere", "nowhere is no directory; give DIR or NAME=DIR"),
        ("a name={prefix}", "'a name' is no name; begin with a letter"),
        ("/={prefix}", "'/' is no name; begin with a letter"),
        (
            "..={prefix}",
            "'..' is no name; begin with a letter",
        ),  # A folder of reports is called so.
    ],
)
def test_argument_that_cannot_be_meant_is_refused(prefix: Path, argument: str, said: str) -> None:
    with pytest.raises(CannotRun) as refused:
        of_argument(argument.format(prefix=prefix))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_prefix_without_pkg_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        CannotRun, match="no pkgconfig/libdpdk.pc in there; give a prefix that DPDK"
    ):
        Installed("mine", tmp_path).ready("ci/qualify")


def test_static_libraries_are_refused(prefix: Path) -> None:
    (prefix / "lib" / "librte_eal.a").touch()
    with pytest.raises(CannotRun, match="no librte_eal.so is there; give a prefix that shared"):
        Installed("mine", prefix).ready("ci/qualify")


def test_programs_are_those_of_the_prefix(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAUNTLET_PROGRAMS", str(prefix / "bin"))
    mine = Dpdk(prefix / "peer")
    with pytest.raises(Unavailable, match=f"dpdk-testpmd is not in {prefix}/bin"):
        find("dpdk-testpmd", mine)
    (prefix / "bin").mkdir()
    program = prefix / "bin" / "dpdk-testpmd"
    program.touch(mode=0o755)
    assert find("dpdk-testpmd", mine) == str(program)
    assert find("stdbuf", mine) == "/usr/bin/stdbuf"
    other = Dpdk(prefix / "peer", programs=prefix / "elsewhere")
    with pytest.raises(Unavailable, match=f"dpdk-testpmd is not in {prefix}/elsewhere"):
        find("dpdk-testpmd", other)
