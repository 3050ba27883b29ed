# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a tar which fails is told from one that does not find everything."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ci.host import deb
from ci.host.say import CannotRun


def _package(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "DEBIAN").mkdir(parents=True)
    control = "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x.x>\nDescription: x\n"
    (made / "DEBIAN" / "control").write_text(control)
    (made / "file").write_text("x")
    subprocess.run(
        ["dpkg-deb", "--build", made, tmp_path / "x.deb"], check=True, capture_output=True
    )
    return tmp_path / "x.deb"


@pytest.mark.parametrize(
    ("status", "said", "why"),
    [
        (2, "tar: no space\ntar: Exiting", "tar: no space"),
        (2, "tar: a/*: Not found in archive\ntar: no space\ntar: Exiting", "tar: no space"),
        (2, "tar: one line", "tar: one line"),
        (-9, "", "tar ended with status -9"),
    ],
)
def test_tar_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, said: str, why: str
) -> None:
    package = _package(tmp_path)

    def run(argv: list[str], **_: Any) -> Any:
        return subprocess.CompletedProcess(argv, status, "", said)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(CannotRun, match=f"^x.deb cannot be unpacked: {why}$"):
        deb.unpack(package, tmp_path)


def test_pattern_that_matches_nothing_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    deb.unpack(_package(tmp_path), tmp_path / "into", "--wildcards", "./nothing/*", "./f*")
    assert (tmp_path / "into" / "file").read_text() == "x"
