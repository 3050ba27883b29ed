# SPDX-License-Identifier: BSD-3-Clause
"""A secondary stands inside the driver's burst while the owner does something to the port."""

from __future__ import annotations

import pytest

from conformance.ethdev import started
from conformance.ethdev.life.events import GOING, STAYING
from conformance.ethdev.life.onlooker import RETURNED, Onlooker, does_each
from conformance.ethdev.needs import need
from targets.scene import Scene
from traffic.ports.port import Port


@does_each
@pytest.mark.parametrize("event", [*STAYING, *(event for event in GOING if event != "replaced")])
def test_burst_under_way_ends(scene: Scene, port: Port, event: str, does: str):
    """A secondary's burst that has begun, and has read nothing of its queue, when the owner stops the
    port, sets it up anew, closes it, removes it, cleans up or dies, returns.

    Source: nobody promises anything: rte_ethdev.h, "lock-free functions which assume to not be invoked
    in parallel on different logical cores to work on the same target object"; no call of an owner waits
    for the bursts of others
    Since: 18.11   Strength: measured
    """
    need(port, port.secondary_data_path)
    up = started.configure(scene, port)
    onlooker = Onlooker(up, scene.secondary())
    held = onlooker.held(does)
    {**STAYING, **GOING}[event](up)
    assert onlooker.release(held) == RETURNED
