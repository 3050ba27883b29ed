# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a wire which is not cabled to the port is told from one that is. The ports are taps: what
a tap's interface sends comes in at the tap, and nothing else does.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.ethdev import cabled, started
from conformance.ethdev.started import Started
from targets import host_network
from targets.outcome import CannotRun
from targets.scene import Scene
from targets.speed import Speed
from traffic.ports.tap import Tap


ROOT = Path(__file__).resolve().parents[2]


class OnWire(Tap):
    """A tap with another wire than its own."""

    @property
    def wire(self) -> str:
        return "lo"


@pytest.fixture
def up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Started:
    """A started tap; the wire is an interface of the scene."""
    monkeypatch.setattr(host_network, "inside", scene.isolation.inside)
    return started.start(scene, Tap("t0"))


def test_what_the_wire_sends_comes_in(up: Started) -> None:
    assert cabled.arrives(up)
    up.scene.close()


def _set_lo_up() -> None:
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        netlink.link("set", index=netlink.link_lookup(ifname="lo")[0], state="up")


def test_another_wire_is_told(up: Started) -> None:
    up.scene.isolation.inside(_set_lo_up)
    up.scene.speed = Speed(0.0)
    up.port = OnWire("t0")
    assert not cabled.arrives(up)
    up.scene.close()


def test_the_line_names_the_port_and_its_wire(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cabled, "arrives", lambda _up: False)
    with pytest.raises(
        CannotRun, match="^port net_tap,iface=t0: a frame that t0 sends does not co"
    ):
        cabled.check("net_tap,iface=t0", tmp_path)


def test_a_port_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="^port ffff:ff:1f.7,wire=nowhere: "):
        cabled.check("ffff:ff:1f.7,wire=nowhere", tmp_path)


def test_the_program_says_why_not_and_exits_with_2() -> None:
    argv = [sys.executable, "-m", "conformance.ethdev", "ffff:ff:1f.7,wire=nowhere"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("ci/validate: port ffff:ff:1f.7,wire=nowhere: ")
    assert done.stderr.count("\n") == 1
