# SPDX-License-Identifier: BSD-3-Clause
"""Frames of three lengths at full rate: as many as the window allows are in flight, and every one is
accounted for."""

import pytest

from conformance.ethdev import client_server, started
from conformance.ethdev.needs import need
from conformance.ethdev.started import exact, told
from targets.outcome import Unavailable
from targets.scene import Scene
from traffic.frame import build
from traffic.ports.port import Port

FLOWS = [build(flow, 0, 1, length)[0] for flow, length in enumerate((60, 512, 1514))]
# So many of each flow take a machine seconds on which a process starts in so much CPU time; an emulated
# one carries fewer.
MOST_EACH = 25_000
QUICK_SPAWN_S = 0.05
BURST = 32

# Who polls the port, one after another.
TURNS = {
    "primary": ["primary"],
    "secondary": ["secondary"],
    "turns": ["primary", "secondary", "primary", "another"],
}


def _each(scene):
    """The number of frames of each flow, by the speed of this machine."""
    return int(MOST_EACH * min(1, QUICK_SPAWN_S / scene.speed.spawn_s))


@pytest.mark.parametrize("who", TURNS)
def test_what_a_process_polls_it_can_send_back(scene: Scene, port: Port, who: str):
    """All that a process receives from a queue at full rate it may send by that queue: every frame comes
    back once, whole and in order, also where processes poll the queue by turns, and no buffer is lost.

    Source: guide, "Multi-process Support"; guide, "Multi-process Sample Application", "Symmetric"
    Since: 20.08   Strength: documented
    """
    turns = TURNS[who]
    up = started.start(scene, port)
    if set(turns) != {"primary"}:
        need(port, port.secondary_data_path)
    if len(turns) > 1 and port.copies:
        raise Unavailable(f"{port.kind}: every process gets a copy of each frame")
    peers = {name: up.owner if name == "primary" else scene.secondary() for name in set(turns)}
    before = up.free_buffers()
    each = _each(scene) // len(turns)
    found = []
    for name in turns:
        peer = peers[name]
        forwarding = peer.tell(
            "symmetric_forward", port_id=up.port_id, queue_id=0, burst=BURST, received_mark=1
        )
        peer.expect("working")
        report = up.carry(FLOWS, each)
        peer.call("stop", of=forwarding.id)
        counted = forwarding.answer()
        found.append((told(report, in_order=True), report.worked, counted.received, counted.sent))
    total = each * len(FLOWS)
    assert found == [(exact(total), {1: total}, total, total)] * len(turns)
    assert up.free_buffers() == before


def test_workers_are_dealt_all(scene: Scene, port: Port):
    """All that the primary receives at full rate, and deals to two secondaries through rings, comes back
    once and whole, and no buffer is lost.

    Source: guide, "Multi-process Sample Application", "Client-Server"; guide, "Ring Library"
    Since: 18.05   Strength: documented
    """
    deployment = client_server.start(scene, port, workers=2)
    before = deployment.free_buffers()
    deployment.serve()
    for number in range(2):
        deployment.work(number)
    each = _each(scene)
    report = deployment.carry(FLOWS, each)
    server, workers = deployment.stop()
    total = each * len(FLOWS)
    assert told(report, in_order=False) == exact(total)
    assert report.worked == {1: total}
    counted = (server.received, server.sent, sum(each.worked for each in workers.values()))
    assert counted == (total, total, total)
    assert deployment.free_buffers() == before
