# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/nic-host does with its arguments, and which QEMU it takes."""

from __future__ import annotations

import pytest

from ci.nic_host import command, newer_qemu, qemu
from ci.nic_host.nics import NICS
from ci.nic_host.qemu import Qemu


def test_what_is_not_ours_is_the_commands() -> None:
    ours = command.arguments(["--nic", "igb", "sh", "-c", "exit 3", "--nic"])
    assert (ours.nic, ours.command) == ("igb", ["sh", "-c", "exit 3", "--nic"])


def test_an_unknown_nic_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.arguments(["--nic", "mlx5"])
    assert ended.value.code == 2
    assert "choose from 'igb', 'e1000e'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ours", "nic", "told"),
    [((7, 2), "e1000e", "ours"), ((7, 2), "igb", "newer"), ((10, 0), "igb", "ours")],
)
def test_a_newer_qemu_where_ours_has_no_such_nic(
    monkeypatch: pytest.MonkeyPatch, ours: tuple[int, int], nic: str, told: str
) -> None:
    monkeypatch.setattr(qemu, "installed", lambda: Qemu(("ours",), ours))
    monkeypatch.setattr(newer_qemu, "ready", lambda _: Qemu(("newer",), (10, 0)))
    assert command.with_model(NICS[nic]).argv == (told,)
