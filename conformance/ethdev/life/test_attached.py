# SPDX-License-Identifier: BSD-3-Clause
"""A secondary attaches to a port whose owner has come so far with it, and sets it up and starts it."""

from __future__ import annotations

import pytest

from conformance.ethdev import started
from conformance.ethdev.life.onlooker import (
    FRAMES,
    RETURNED,
    Onlooker,
    does_each,
)
from conformance.ethdev.needs import need
from conformance.ethdev.started import Started
from targets.scene import Scene
from traffic.ports.port import Port

BEFORE_THE_START = ("probed", "configured", "queues-set-up")


@does_each
@pytest.mark.parametrize("state", [*BEFORE_THE_START, "started"])
def test_secondary_works_whenever_it_has_attached(scene: Scene, port: Port, state: str, does: str):
    """A secondary that attaches to a port in this state receives and sends when its owner has started it.

    Source: guide, "Multi-process Support": "work together in a simple transparent manner"; nobody says
    when a secondary may attach, and rte_dev_probe of rte_dev.h, which "will request other processes to
    add the same device", attaches all of them before anybody can configure it
    Since: 18.11   Strength: documented
    """
    need(port, port.secondary_data_path)
    there: list[Onlooker] = []

    def reached(now: str, up: Started) -> None:
        if now == state:
            there.append(Onlooker(up, scene.secondary()))

    up = started.configure(scene, port, reached=reached)
    onlooker = there[0] if there else Onlooker(up, scene.secondary())
    onlooker.settles()
    assert (onlooker.has_it, onlooker.carries(does)) == (True, FRAMES)


@does_each
@pytest.mark.parametrize("state", BEFORE_THE_START)
def test_burst_before_the_start_is_survived(scene: Scene, port: Port, state: str, does: str):
    """A secondary that polls a port which its owner has not started, or sends by it, gets nothing, and
    lives.

    Source: forbidden, rte_ethdev.h: "The transmit and receive functions should not be invoked when the
    device or the queue is stopped"; no call tells a secondary whether it is
    Since: 18.11   Strength: measured
    """
    need(port, port.secondary_data_path)
    seen: list[str] = []

    def reached(now: str, up: Started) -> None:
        if now == state:
            seen.append(Onlooker(up, scene.secondary()).tries(does))

    started.configure(scene, port, reached=reached)
    assert seen == [RETURNED]
