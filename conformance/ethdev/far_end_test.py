# SPDX-License-Identifier: BSD-3-Clause
"""A far end carries frames both ways, keeps none when it ends, and is refused what it cannot have."""

from __future__ import annotations

import pytest

from conformance.ethdev import far_end, started
from conformance.ethdev.queues import set_up
from targets.peer import Peer
from targets.scene import Scene
from traffic.frame import build
from traffic.ports.memif import Memif

POOL, MBUFS = "mbufs", 255


def _ports(peer: Peer) -> tuple[int, int]:
    """The numbers of a port that gives frames without end, and of one that gives back what it got."""
    assert peer.call("pktmbuf_pool_create", name=POOL, n=MBUFS).ret == 0
    found = []
    for device in ("net_null0", "net_ring0"):
        port_id = peer.call("eth_dev_get_port_by_name", name=device).port_id
        set_up(peer, port_id, 1, POOL, 64, 64)
        assert peer.call("eth_dev_start", port_id=port_id).ret == 0
        found.append(port_id)
    return found[0], found[1]


def test_a_bridge_moves_both_ways_and_keeps_nothing(scene: Scene) -> None:
    peer = scene.primary("--vdev=net_null0", "--vdev=net_ring0")
    null, ring = _ports(peer)
    bridging = peer.tell("port_bridge", port_id=null, to_port_id=ring, queues=1)
    peer.expect("bridging")
    scene.wait_until(
        lambda: bool(peer.call("eth_stats_get", port_id=null).opackets > 0), "a frame to come back"
    )
    peer.call("stop", of=bridging.id)
    answer = bridging.answer()
    assert answer.ret == 0 and answer.left >= answer.came > 0
    # What is not free is what it has put into the ring of the other port, and has not taken again.
    waiting = answer.left - answer.came
    assert peer.call("mempool_avail_count", name=POOL).ret == MBUFS - waiting


def test_frames_come_back_over_a_far_end(scene: Scene) -> None:
    up = started.start(scene, Memif("m0"))
    forwarding = up.owner.tell("symmetric_forward", port_id=up.port_id, queue_id=0, burst=4)
    up.owner.expect("working")
    with up.pump() as pump:
        arrivals = pump.run(build(0, 0, 100))
    up.owner.call("stop", of=forwarding.id)
    assert started.told(arrivals, in_order=True) == started.exact(100)
    assert forwarding.answer().received == 100
    assert scene.prefix != far_end.PREFIX


def test_a_far_end_that_has_no_port_is_told(scene: Scene) -> None:
    class Other(Memif):
        far_device = "net_memif7"

        def far_args(self, queues: int = 1) -> list[str]:
            return ["--vdev=net_memif1,role=client"]

    with pytest.raises(AssertionError):
        far_end.start(scene, Other("m0"))
    assert scene.prefix != far_end.PREFIX
