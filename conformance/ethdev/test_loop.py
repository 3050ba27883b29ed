# SPDX-License-Identifier: BSD-3-Clause
"""Ports without a wire, whatever port the run is about: net_ring and net_null."""

import pytest

from conformance.ethdev import started
from conformance.roles import both_roles
from targets.peer import Peer
from targets.scene import Scene
from traffic.frame import build
from traffic.ports.no_wire import Null, Ring

# A burst of eth_tx_burst.
COUNT = 32

FRAMES = [frame.hex() for frame in build(0, 0, COUNT)]


def send(peer: Peer, port_id: int):
    """How many frames of a burst a process has sent."""
    pool = started.POOL
    return peer.call("eth_tx_burst", port_id=port_id, queue_id=0, frames=FRAMES, pool=pool).ret


def receive(peer: Peer, port_id: int):
    """The frames of a burst that a process receives."""
    return peer.call("eth_rx_burst", port_id=port_id, queue_id=0, nb_pkts=COUNT).frames


@pytest.mark.parametrize("sender", ["primary", "secondary"])
@pytest.mark.parametrize("receiver", ["primary", "secondary", "another"])
def test_what_a_process_sends_another_receives(scene: Scene, sender: str, receiver: str):
    """What one process sends to a queue of a net_ring, any process receives from that queue, once, intact
    and in order; no buffer is lost.

    Source: guide, "Rings-based PMD": data exchange "in exactly the same way as sending or receiving
        packets from an Ethernet device"; a secondary since "net/ring: support secondary process"
    Since: 21.05   Strength: documented
    """
    up = started.configure(scene, Ring())
    before = up.free_buffers()
    peers = {"primary": up.owner, "secondary": scene.secondary(), "another": scene.secondary()}
    sent = send(peers[sender], up.port_id)
    frames = receive(peers[receiver], up.port_id)
    counted = up.owner.call("eth_stats_get", port_id=up.port_id)
    assert (sent, frames) == (COUNT, FRAMES)
    assert (counted.opackets, counted.ipackets) == (COUNT, COUNT)
    assert up.free_buffers() == before


@both_roles
def test_null_takes_all_and_gives_empty_frames(scene: Scene, role: str):
    """Each process may send to a net_null, which frees all, and receive as many empty frames as it asks
    for; the primary's statistics count both, and no buffer is lost.

    Source: guide, "NULL Poll Mode Driver": "On Rx it returns requested number of empty packets (all
        zero). On Tx it just frees all sent packets."
    Since: 20.08   Strength: documented
    """
    up = started.configure(scene, Null())
    before = up.free_buffers()
    peer = {"primary": up.owner, "secondary": scene.secondary()}[role]
    sent, frames = send(peer, up.port_id), receive(peer, up.port_id)
    counted = up.owner.call("eth_stats_get", port_id=up.port_id)
    assert (sent, [set(frame) for frame in frames]) == (COUNT, [{"0"}] * COUNT)
    assert (counted.opackets, counted.ipackets) == (COUNT, COUNT)
    assert up.free_buffers() == before
