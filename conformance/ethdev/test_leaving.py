# SPDX-License-Identifier: BSD-3-Clause
"""A secondary that leaves, in whatever way and at whatever moment, leaves the port as it was."""

from __future__ import annotations

import pytest

from conformance.ethdev import started
from conformance.ethdev.leaving import WAYS, leave
from conformance.ethdev.started import Started, exact, told
from targets.peer import Peer
from targets.scene import Scene
from traffic.frame import build
from traffic.ports.port import Port

BURST = 16
FRAMES = 600
LATER = 200

# After so many frames that are back it leaves.
MOMENTS = {"before-traffic": 0, "during-traffic": FRAMES // 2, "after-traffic": FRAMES}


def _seen(peer: Peer, up: Started) -> dict[str, object]:
    """The port, as a process sees it."""
    named = peer.call("eth_dev_get_port_by_name", name=up.port.device)
    link = peer.call("eth_link_get", port_id=up.port_id)
    return {
        "ports": peer.call("eth_dev_count_avail").ret,
        "number": (named.ret, named.port_id),
        "link": (link.ret, link.link_status),
        "statistics": peer.call("eth_stats_get", port_id=up.port_id).ret,
    }


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("way", WAYS)
def test_others_keep_the_port(scene: Scene, port: Port, way: str, moment: str):
    """A secondary leaves, by rte_eal_cleanup, by exit or by SIGKILL: every frame is forwarded meanwhile
    and afterwards, and the primary and another secondary see the same port, link and statistics.

    Source: guide, "Multi-process Support": "work together in a simple transparent manner"
    Since: 18.11   Strength: documented
    """
    up = started.start(scene, port)
    leaver, stayer = scene.secondary(), scene.secondary()
    echo = up.owner.tell("symmetric_forward", port_id=up.port_id, queue_id=0, burst=BURST)
    up.owner.expect("working")
    before = [_seen(peer, up) for peer in (up.owner, stayer)]
    with up.pump() as pump:
        meanwhile = pump.run(build(1, 0, FRAMES), {MOMENTS[moment]: lambda: leave(leaver, way)})
        later = pump.run(build(2, 0, LATER))
    accounts = [told(arrivals, in_order=True) for arrivals in (meanwhile, later)]
    after = [_seen(peer, up) for peer in (up.owner, stayer)]
    up.owner.call("stop", of=echo.id)
    counted = echo.answer()
    assert accounts == [exact(FRAMES), exact(LATER)]
    assert (after, counted.sent) == (before, FRAMES + LATER)
