# SPDX-License-Identifier: BSD-3-Clause
"""Frames come for as long as the block lasts, and a wire that takes none is told."""

from __future__ import annotations

import pytest

from conformance.ethdev import started
from conformance.ethdev.stream import BATCH, Stream
from targets.outcome import Inconclusive
from targets.scene import Scene
from traffic.ports.tap import Tap
from traffic.wire import Wire, WireError


def test_frames_come(scene: Scene) -> None:
    up = started.start(scene, Tap("gtap0"))
    with Stream(up):
        polled = up.owner.call("eth_rx_burst", port_id=up.port_id, queue_id=0, nb_pkts=2 * BATCH)
    assert polled.ret == 2 * BATCH
    scene.close()


def test_a_wire_that_takes_nothing_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    up = started.start(scene, Tap("gtap0"))

    def fails(*_: object) -> list[int]:
        raise WireError("it is gone")

    monkeypatch.setattr(Wire, "send", fails)
    with pytest.raises(Inconclusive, match="no frame was sent on gtap0"):
        with Stream(up):
            pass
    scene.close()
