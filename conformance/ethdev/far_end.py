# SPDX-License-Identifier: BSD-3-Clause
"""The process at the other side of a port that has no kernel interface for a wire."""

from __future__ import annotations

from conformance.ethdev.queues import has_link, set_up
from targets.peer import Peer
from targets.scene import Scene
from traffic.ports.bridged import Bridged

MBUFS = 8191
POOL = "far"
PREFIX = "far"
DESCRIPTORS = 1024


def start(scene: Scene, port: Bridged, queues: int = 1) -> Peer:
    """A primary of a deployment of its own that carries frames between the other side and the wire."""
    prefix, scene.prefix = scene.prefix, PREFIX
    try:
        far = scene.primary(*port.far_args(queues), *port.outlet.eal_args(queues))
    finally:
        scene.prefix = prefix
    assert far.call("pktmbuf_pool_create", name=POOL, n=MBUFS).ret == 0
    ends = [_number(far, device, queues) for device in (port.outlet.device, port.far_device)]
    scene.isolation.inside(port.outlet.link_up)
    for end in ends:
        assert far.call("eth_dev_start", port_id=end).ret == 0
    bridging = far.tell("port_bridge", port_id=ends[1], to_port_id=ends[0], queues=queues)
    far.expect("bridging")
    far.forget(bridging)  # It goes on until the scene is over.
    return far


def _number(far: Peer, device: str, queues: int) -> int:
    """A port's number, with its queues set up."""
    port_id: int = far.call("eth_dev_get_port_by_name", name=device).port_id
    set_up(far, port_id, queues, POOL, DESCRIPTORS, DESCRIPTORS)
    return port_id


def connected(scene: Scene, owner: Peer, port_id: int) -> None:
    """Waits until the port of the primary has its other side."""
    scene.wait_until(
        lambda: has_link(owner, port_id),
        "the port to be connected with its other side",
    )
