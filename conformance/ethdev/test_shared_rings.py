# SPDX-License-Identifier: BSD-3-Clause
"""The client_server topology with one ring to all secondaries and one ring back, in every mode."""

import pytest

from conformance.ethdev import client_server, rings
from conformance.ethdev.started import exact, told
from targets.scene import Scene
from traffic.frame import build
from traffic.ports.port import Port

# For one, two, three, four alike.
FRAMES = 336
# Small, so that one secondary does not take all that is there.
BURST = 4


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_every_frame_is_delivered(scene: Scene, port: Port, workers: int):
    """Every frame goes through one ring to some secondary, and through one ring back, once and intact, in
    every mode that allows so many secondaries; where there is one, in order.

    Source: guide, "Multi-process Sample Application", "Client-Server"; guide, "Ring Library"
    Since: 20.08   Strength: documented
    """
    deployment = client_server.start(scene, port, workers=0)
    peers = [scene.secondary() for _ in range(workers)]
    before = deployment.free_buffers()
    found = {}
    pairs = list(zip(rings.modes(1, workers), rings.modes(workers, 1)))
    for number, (to, back) in enumerate(pairs):
        deployment.share(to, back)
        deployment.serve()
        for peer in peers:
            # Each takes its share, or a fast one might leave nothing to the others.
            deployment.work(0, peer, burst=BURST, most=FRAMES // workers)
        with deployment.pump() as pump:
            arrivals = pump.run(build(number, 0, FRAMES))
        server, done = deployment.stop()
        touched = {getattr(frame, "worked", None) for frame in arrivals.received}
        account = told(arrivals, in_order=workers == 1)
        worked = {answer.worked for answer in done.values()}
        found[to, back] = (account, touched, worked, server.received, server.sent)
    all_there = (exact(FRAMES), {1}, {FRAMES // workers}, FRAMES, FRAMES)
    assert found == {pair: all_there for pair in pairs}
    assert deployment.free_buffers() == before
