# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a call is made in the network that a run was started in, and back again."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from targets import host_network
from targets.isolation import CLONE_NEWNET, unshare
from targets.outcome import Unavailable


def _network() -> str:
    return os.readlink(f"/proc/self/task/{threading.get_native_id()}/ns/net")


def test_a_call_is_made_in_there_and_the_caller_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    opened: list[int] = []

    def make() -> None:
        unshare(CLONE_NEWNET)
        made.append(_network())
        opened.append(os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    before = _network()
    monkeypatch.setenv(host_network.VARIABLE, f"/proc/self/fd/{opened[0]}")
    try:
        assert host_network.inside(_network) == made[0]
        assert _network() == before != made[0]
    finally:
        os.close(opened[0])


def test_what_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(host_network.VARIABLE, raising=False)
    with pytest.raises(Unavailable, match="needs a wire of this machine"):
        host_network.inside(_network)
    monkeypatch.setenv(host_network.VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError):
        host_network.inside(_network)
    (tmp_path / "no namespace").touch()
    monkeypatch.setenv(host_network.VARIABLE, str(tmp_path / "no namespace"))
    with pytest.raises(OSError, match="setns"):
        host_network.inside(_network)
