# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/nic-host does with its arguments, and which QEMU it takes."""

from __future__ import annotations

import pytest

from ci import test as proof
from ci.host import packages
from ci.host.say import CannotRun
from ci.nic_host import command, newer_qemu, qemu
from ci.nic_host.nics import NICS
from ci.nic_host.qemu import Qemu
from ci.nic_host.where import ROOT
from ci.steps import Skipped


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


def test_the_default_is_the_clauses_of_ports_on_the_nic() -> None:
    line = " ".join(command.DEFAULT_COMMAND)
    assert line == "ci/validate --port 0000:00:08.0,wire=wire0 -n 2 conformance/ethdev"
    assert command.arguments([]).command == []


def test_what_is_missing_is_told_before_anything_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_command: str, wanted: tuple[str, ...]) -> None:
        raise CannotRun(f"not root, and these Debian packages are missing: {' '.join(wanted)}")

    monkeypatch.setattr(packages, "install", refuse)
    with pytest.raises(CannotRun, match="are missing: qemu-system-x86 busybox-static"):
        command.main(["true"])
    with pytest.raises(Skipped, match="^a NIC host cannot be had here: not root"):
        proof.on_a_nic()


@pytest.mark.parametrize(("status", "green"), [(0, True), (1, False), (2, False)])
def test_a_step_of_the_proof_is_green_where_the_command_is(
    monkeypatch: pytest.MonkeyPatch, status: int, green: bool
) -> None:
    told: list[list[str]] = []

    class _Box:
        def run(self, argv: list[str]) -> int:
            told.append(argv)
            return status

    monkeypatch.setattr(command, "ready", lambda _nic: _Box())
    assert proof.STEPS["nic-host"]() == proof.SHORT["nic-host"]() == green
    whole, short = told
    assert whole == list(command.DEFAULT_COMMAND)
    assert short[:-4] == whole[:-1] and all("test_client_server.py::" in one for one in short[-4:])


def test_clauses_of_the_step_exist() -> None:
    text = (ROOT / proof.CLIENT_SERVER).read_text()
    assert all(f"def {name.partition('[')[0]}(" in text for name in proof.ON_A_NIC)
