# SPDX-License-Identifier: BSD-3-Clause
"""Proves that an unpacked QEMU is started with its own loader, libraries and firmware."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.host.say import CannotRun
from ci.nic_host import newer_qemu


def test_nothing_of_the_machines_own_is_used(tmp_path: Path) -> None:
    loader, option, libraries, program, *firmware = newer_qemu.started(tmp_path)
    assert option == "--library-path"
    used = [loader, *libraries.split(":"), program, *firmware[1::2]]
    assert all(path.startswith(str(tmp_path)) for path in used)


def test_one_that_cannot_be_downloaded_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_source(_suite: str) -> str:
        raise CannotRun("apt knows no mirror of Debian")

    monkeypatch.setattr(newer_qemu, "suite_source", no_source)
    with pytest.raises(CannotRun, match="no mirror"):
        newer_qemu.ready("x", tmp_path)
    assert not list(tmp_path.glob("*+whole"))
