# SPDX-License-Identifier: BSD-3-Clause
"""Proves what is read of apt, and that a failing apt is told in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.host.apt import Apt, mirror
from ci.host.say import CannotRun


def test_the_mirror_is_the_one_of_the_main_archive() -> None:
    told = ["Debian-Security|http://s.example/", "Debian|http://a.example/debian/"]
    assert mirror(told) == "http://a.example/debian/"


def test_an_apt_that_knows_no_mirror_is_told_what_to_do() -> None:
    with pytest.raises(CannotRun, match="run apt-get update"):
        mirror(["Debian-Security|http://s.example/"])


def test_a_mirror_that_cannot_be_reached_is_no_empty_suite(tmp_path: Path) -> None:
    apt = Apt(tmp_path, f"deb file:{tmp_path}/nothing bookworm main\n")
    with pytest.raises(CannotRun, match="apt-get update failed .*nothing"):
        apt.get("update")
    with pytest.raises(CannotRun, match="finds no package libdpdk-dev"):
        apt.version("libdpdk-dev")
    assert apt.depends("libdpdk-dev") == []
    assert "nothing" in (tmp_path / "log").read_text()


def test_packages_are_read_of_a_suite(tmp_path: Path) -> None:
    dev = "Package: dev\nVersion: 24.11.8-0+deb13u1\nDepends: one, two (= 1)\nRecommends: three\n"
    others = [f"Package: {name}\nVersion: 1\n" for name in ("one", "two", "three")]
    more = "Architecture: amd64\nFilename: ./none.deb\nSize: 1\n\n"
    (tmp_path / "Packages").write_text("".join(entry + more for entry in [dev, *others]))
    apt = Apt(tmp_path / "apt", f"deb [trusted=yes] file:{tmp_path} ./\n")
    apt.get("update")
    assert apt.version("dev") == "24.11.8-0+deb13u1"
    assert apt.depends("dev") == ["one", "two"]
