# SPDX-License-Identifier: BSD-3-Clause
"""A secondary is killed while frames flow through rings that all secondaries share, and replaced."""

import pytest

from conformance.ethdev import client_server
from conformance.ethdev.client_server import ClientServer
from conformance.ethdev.death import Death
from conformance.ethdev.started import told
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene
from traffic.frame import build
from traffic.ports.port import Port

FRAMES = 600
# The victim dies when it has passed so many, and is replaced when so many are back.
DIES, REPLACED = FRAMES // 4, 3 * FRAMES // 4
BURST = 4

CASTS = [
    ("SP-SC", "SP-SC", 1),
    ("SP-MC", "MP-SC", 2),
    ("RTS-RTS", "RTS-RTS", 3),
    ("HTS-HTS", "HTS-HTS", 4),
    ("MP-RTS", "HTS-MC", 2),
]


def _die_and_be_replaced(
    deployment: ClientServer, flow: int, hold: str, survivors: list[Peer]
) -> tuple[Death, str, int]:
    """A worker dies where it is told to hold; survivors go on; then a new one is alone: the death, the
    account, and what the new one has worked on."""
    victim = deployment.work(0, burst=BURST, hold=hold, hold_after=DIES)
    death = Death(victim)

    def replace() -> None:
        for peer in survivors:
            deployment.rest(peer)
        deployment.work(0, burst=BURST)

    def kill() -> None:
        death.wait()
        for peer in survivors:
            deployment.work(0, peer, burst=BURST)
        with death.now(pump):
            deployment.lose(victim)
        if not survivors:
            replace()

    with deployment.pump() as pump:
        at = {DIES - BURST: kill, **({REPLACED: replace} if survivors else {})}
        arrivals = pump.run(build(flow, 0, FRAMES), at)
    ((new, _),) = deployment.working.values()
    replaced = deployment.rest(new).worked
    return death, told(arrivals, in_order=not survivors, may_lose=death.windows), replaced


@pytest.mark.parametrize(("to", "back", "workers"), CASTS)
def test_killed_secondary_loses_what_it_held(
    scene: Scene, port: Port, to: str, back: str, workers: int
):
    """A secondary killed between two ring operations loses the burst in its hands and nothing else; the
    others go on, and a new one takes its place.

    Source: guide, "Ring Library"; guide, "Multi-process Support"; both are silent on death
    Since: 20.08   Strength: measured
    """
    deployment = client_server.start(scene, port, workers=0)
    survivors = [scene.secondary() for _ in range(workers - 1)]
    before = deployment.free_buffers()
    deployment.share(to, back)
    deployment.serve()
    found, expected, held = {}, {}, []
    for flow, hold in enumerate(["idle", "taken"]):
        death, account, replaced = _die_and_be_replaced(deployment, flow, hold, survivors)
        if replaced == 0:
            raise Inconclusive("the new secondary has worked on nothing")
        found[hold], expected[hold] = account, death.only(FRAMES)
        held.append(len(death.held))
    deployment.stop()
    if held[0] != 0 or held[1] == 0:
        raise Inconclusive(f"idle, and with a burst, it had {held} frames in hand")
    assert found == expected
    assert deployment.free_buffers() == before - sum(held)
