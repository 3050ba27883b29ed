# SPDX-License-Identifier: BSD-3-Clause
"""A chain of the two topologies: processes with a queue each receive and send, and workers between two
rings touch every frame on its way."""

import pytest

from conformance.cases import ALL_HOLD, cases
from conformance.ethdev import rings, symmetric
from conformance.ethdev.started import exact, flows, told
from conformance.ethdev.symmetric import BURST, ways
from targets.scene import Scene
from traffic.ports.port import Port

FLOWS, EACH = 64, 5

# Of the workers, in each frame: bits between those of the two that receive and of the two that send.
MARKS = (4, 8)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_frame_goes_through_both(scene: Scene, port: Port, workers: int):
    """Every frame goes from its queue through a ring to a worker, and through another ring to a process
    that sends it by its own queue: once and intact, in every mode that allows so many.

    Source: guide, "Multi-process Sample Application", both topologies; guide, "Ring Library"
    Since: 20.08   Strength: documented
    """
    deployment = symmetric.start(scene, port, 1)
    peers = [scene.secondary() for _ in range(workers)]
    before = deployment.free_buffers()
    seen: dict[str, dict[str, object]] = {}
    total = FLOWS * EACH
    pairs = list(zip(rings.modes(2, workers), rings.modes(workers, 2)))
    for number, (there, back) in enumerate(pairs):
        to, out = (
            rings.make(deployment.owner, f"{way} {mode}", mode)
            for way, mode in (("to", there), ("out", back))
        )
        deployment.to, deployment.out = [to] * 2, [out] * 2
        keys = {"burst": BURST, "from_ring": to, "to_ring": out}
        working = [
            (peer, peer.tell("client_server_work", mark=mark, **keys))
            for peer, mark in zip(peers, MARKS)
        ]
        deployment.poll_all()
        with deployment.pump(tunnel=True) as pump:
            arrivals = pump.run(flows(range(FLOWS), number * EACH, EACH))
        deployment.stop()
        for peer, pending in working:
            peer.call("stop", of=pending.id)
        worked = sum(pending.answer().worked for _, pending in working)
        marked = {getattr(frame, "worked", 0) & sum(MARKS) for frame in arrivals.received}
        seen[f"{there}, {back}"] = {
            "arrived": told(arrivals, in_order=False),
            "went another way": ways(arrivals, 2) is None,
            "each was in one worker": marked <= set(MARKS),
            "worked on": worked,
        }
    promised = {
        "arrived": exact(total),
        "went another way": False,
        "each was in one worker": True,
        "worked on": total,
    }
    assert cases(seen, {f"{there}, {back}": promised for there, back in pairs}) == ALL_HOLD
    assert deployment.free_buffers() == before
