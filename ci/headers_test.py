# SPDX-License-Identifier: BSD-3-Clause
"""Proves that no release is left out in silence, and that a red one outweighs one that was not tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci import headers, releases
from ci.host import build
from ci.releases import RELEASES, Release, Unpacked
from ci.host.say import CannotRun


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The fate of a series, "gone" or "red", which a test may change. All other series build."""
    happens: dict[str, str] = {}

    def unpacked(command: str, release: Release) -> Unpacked:
        if happens.get(release.series) == "gone":
            raise CannotRun(f"{release} cannot be had: 404")
        return Unpacked(release, Path("/nowhere", release.series))

    def peer(command: str, found: Unpacked) -> None:
        if happens.get(found.release.series) == "red":
            raise build.BuildFailed("undefined reference to `x()'")

    monkeypatch.setattr(releases, "unpacked", unpacked)
    monkeypatch.setattr(headers, "peer", peer)
    return happens


def test_every_release_is_told(
    registry: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert headers.check("test")
    said = capsys.readouterr().out
    assert [release.series in said for release in RELEASES] == [True] * len(RELEASES)


def test_short_form_takes_the_oldest_and_the_newest(
    registry: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert headers.check("test", headers.ENDS)
    said = capsys.readouterr().out
    assert [release.series for release in RELEASES if release.series in said] == ["20.11", "25.11"]


def test_a_release_that_does_not_build_is_red(
    registry: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    registry["24.11"] = "red"
    assert not headers.check("test")
    said = capsys.readouterr().out
    assert "does not build on DPDK 24.11 (Debian trixie)" in said and "reference to `x()'" in said
    assert "the peer builds on DPDK 25.11" in said


def test_a_release_that_cannot_be_had_is_no_success(registry: dict[str, str]) -> None:
    registry["25.11"] = "gone"
    with pytest.raises(CannotRun, match=r"was not tried on DPDK 25.11 \(Debian forky\)"):
        headers.check("test")


def test_red_outweighs_what_was_not_tried(registry: dict[str, str]) -> None:
    registry.update({"25.11": "gone", "20.11": "red"})
    assert not headers.check("test")
