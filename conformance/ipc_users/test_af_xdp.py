# SPDX-License-Identifier: BSD-3-Clause
"""net_af_xdp: a secondary that probes asks the primary for the descriptors of its XDP sockets."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from conformance.ipc_users.ports import frames, set_up
from faults.relay import Relay, Rule
from targets.outcome import Unavailable
from targets.peer import Peer
from targets.scene import Scene
from traffic import needs
from traffic.ports.af_packet import AfPacket
from traffic.wire import Wire

DEVICE = "net_af_xdp0"
VETH = AfPacket("gxdp0")  # Only its veth pair: the driver is another one.
# The driver fills its ring with 2048 of them before it asks for the socket.
MBUFS = 6143


def _owner(scene: Scene):
    """A primary with a started net_af_xdp port on a veth pair, and its number."""
    scene.need_network()
    why = needs.lacks_driver("net_af_xdp") or needs.lacks_capabilities() or needs.lacks_xdp()
    if why:
        raise Unavailable(f"net_af_xdp: {why}")
    scene.isolation.inside(VETH.prepare)
    primary = scene.primary(f"--vdev={DEVICE},iface={VETH.iface}")
    port_id = set_up(primary, DEVICE, mbufs=MBUFS)
    assert primary.call("eth_dev_start", port_id=port_id).ret == 0
    return primary, port_id


@contextmanager
def _wire(scene: Scene):
    wire = Wire(VETH.wire)
    scene.isolation.inside(wire.__enter__)
    try:
        yield wire
    finally:
        wire.__exit__()


def _receives(scene: Scene, primary: Peer, port_id: int):
    """True if the primary gets the frames that are put on the wire."""
    with _wire(scene) as wire:
        polling = primary.tell("eth_rx_burst", port_id=port_id, queue_id=0, nb_pkts=3)
        wire.send([bytes.fromhex(frame) for frame in frames(3)])
        return polling.answer().frames == frames(3)


def _sockets(peer: Peer):
    return {path for path in peer.open_paths() if path.startswith("socket:")}


def test_secondary_holds_the_sockets(scene: Scene):
    """A secondary has the primary's XDP socket of each queue, and the port under the same number.

    Source: rte_eth_af_xdp.c, afxdp_mp_send_fds (9876cf8316b3)
    Since: 22.03   Strength: observed
    """
    primary, port_id = _owner(scene)
    secondary = scene.secondary()
    found = secondary.call("eth_dev_get_port_by_name", name=DEVICE)
    shared = _sockets(primary) & _sockets(secondary)
    assert (found.ret, found.port_id, len(shared)) == (0, port_id, 1)


def test_secondary_reads_the_statistics(scene: Scene):
    """A secondary reads the port's statistics, which is what it has the sockets for.

    Source: rte_eth_af_xdp.c, eth_stats_get: XDP_STATISTICS of this process's descriptors
    Since: 22.03   Strength: observed
    """
    primary, port_id = _owner(scene)
    secondary = scene.secondary()
    received = _receives(scene, primary, port_id)
    stats = secondary.call("eth_stats_get", port_id=port_id)
    assert (received, stats.ret, stats.ipackets, stats.imissed) == (True, 0, 3, 0)


def test_port_outlives_its_secondary(scene: Scene):
    """When a secondary has come and gone, cleaning up, the primary's port still receives.

    Source: guide, "AF_XDP Poll Mode Driver", "Secondary Processes"
    Since: 22.03   Strength: observed
    """
    primary, port_id = _owner(scene)
    scene.secondary().stop()
    assert _receives(scene, primary, port_id)


@pytest.mark.parametrize("action", ["ignore", "drop"])
def test_unanswered_secondary_has_no_port(scene: Scene, action):
    """A secondary whose question for the sockets is not answered starts, without that port.

    Source: rte_eth_af_xdp.c, afxdp_mp_request_fds; 1 s is what it waits
    Since: 22.03   Strength: observed
    """
    primary, _ = _owner(scene)
    with Relay(scene, scene.socket_of(primary), Rule(action, "afxdp_mp_send_fds")):
        secondary = scene.secondary()
    assert secondary.call("eth_dev_count_avail").ret == 0
