# SPDX-License-Identifier: BSD-3-Clause
"""The port goes, or its owner: what becomes of a secondary that polls it, or sends, afterwards."""

from __future__ import annotations

import pytest

from conformance.ethdev import started
from conformance.ethdev.leaving import leave
from conformance.ethdev.life.events import GOING
from conformance.ethdev.life.onlooker import (
    FRAMES,
    RETURNED,
    Onlooker,
    does_each,
)
from conformance.ethdev.needs import need
from targets.scene import Scene
from traffic.ports.port import Port


def _onlooker(scene: Scene, port: Port, does: str) -> Onlooker:
    """A secondary that has received or sent frames by a started port."""
    need(port, port.secondary_data_path)
    onlooker = Onlooker(started.configure(scene, port), scene.secondary())
    assert onlooker.carries(does) == FRAMES
    return onlooker


@does_each
@pytest.mark.parametrize("event", GOING)
def test_burst_afterwards_is_survived(scene: Scene, port: Port, event: str, does: str):
    """A secondary that polls the port, or sends, when its owner has closed or removed it, has cleaned up,
    has been killed, or would be replaced, gets nothing worse than no frame.

    Source: nobody promises anything: rte_ethdev.h, rte_eth_dev_close: "frees all port resources"; no
    call tells a secondary that they are freed
    Since: 18.11   Strength: measured
    """
    onlooker = _onlooker(scene, port, does)
    GOING[event](onlooker.up)
    assert onlooker.tries(does) == RETURNED


@does_each
def test_stopped_port_is_stopped_for_all(scene: Scene, port: Port, does: str):
    """A port that its owner has stopped neither receives nor takes a frame, whoever polls or sends.

    Source: forbidden, rte_ethdev.h: "The transmit and receive functions should not be invoked when the
    device or the queue is stopped"; the process that stops it has bursts that do nothing (c87d435a4d79)
    Since: 21.11   Strength: measured
    """
    onlooker = _onlooker(scene, port, does)
    onlooker.gets_frames()
    onlooker.up.stop_port()
    owner = Onlooker(onlooker.up, onlooker.up.owner)
    assert (owner.burst(does), onlooker.burst(does)) == (0, 0)


def test_owner_comes_back_as_a_secondary(scene: Scene, port: Port):
    """When the primary has died, the process that takes its place is a secondary: it has the port, and
    receives and sends.

    Source: guide, sample applications, "Symmetric Multi-process": "it is not necessary to restart all
    processes if the primary instance dies. Instead, that process can be restarted as a secondary"
    Since: 18.11   Strength: documented
    """
    need(port, port.outlives_owner)
    onlooker = _onlooker(scene, port, "sends")
    leave(onlooker.up.owner, "kill")
    onlooker.up.owner = scene.secondary()
    again = Onlooker(onlooker.up, onlooker.up.owner)
    seen = (again.has_it, again.carries("polls"), again.carries("sends"))
    assert seen == (True, FRAMES, FRAMES)
