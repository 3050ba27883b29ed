# SPDX-License-Identifier: BSD-3-Clause
"""net_memif: a secondary asks its primary for the shared regions of a connected port."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.ipc_users.ports import bring_up, frames
from faults.relay import Relay, Rule
from targets.outcome import Unavailable
from targets.peer import Peer
from targets.scene import Scene
from traffic import needs

SERVER, CLIENT = "net_memif0", "net_memif1"
REGION = "memif_mp_send_region"


@dataclass
class Pair:
    """A primary with both ends of a memif, and a secondary: server, client are port numbers."""

    primary: Peer
    secondary: Peer
    server: int
    client: int

    def ends(self, end: str):
        """(the end of this role, the other one)."""
        both = (self.server, self.client)
        return both if end == "server" else both[::-1]


def _pair(scene: Scene):
    """Connected. The stream socket is an abstract one: it is the scene's, as its network is."""
    scene.need_network()
    why = needs.lacks_driver("net_memif")
    if why:
        raise Unavailable(f"net_memif: {why}")
    primary = scene.primary(f"--vdev={SERVER},role=server", f"--vdev={CLIENT},role=client")
    server = bring_up(primary, SERVER, pool="server")
    client = bring_up(primary, CLIENT, pool="client")
    for port_id in (server, client):
        scene.wait_until(lambda: bool(_up(primary, port_id)), "the memif to be connected")
    return Pair(primary, scene.secondary(), server, client)


def _up(peer: Peer, port_id: int):
    return peer.call("eth_link_get", port_id=port_id).link_status == 1


def _moves(pair: Pair, sender: tuple[Peer, int], receiver: tuple[Peer, int]):
    """True if three frames go from one process's end to the other's."""
    keys = {"port_id": receiver[1], "queue_id": 0}
    polling = receiver[0].tell("eth_rx_burst", nb_pkts=3, **keys)
    # The client lends the server its buffers when it polls: before, there is no room to send.
    receiver[0].expect("polling")
    keys = {"port_id": sender[1], "queue_id": 0}
    sent = sender[0].call("eth_tx_burst", frames=frames(3), pool="server", **keys).ret
    if sent != 3:
        receiver[0].call("stop", of=polling.id)
    return sent, polling.answer().frames == frames(3)


@pytest.mark.parametrize("end", ["server", "client"])
def test_secondary_receives(scene: Scene, end):
    """A secondary that has asked for the link receives what comes to the primary's memif port.

    Source: rte_eth_memif.c, memif_link_update, memif_mp_request_regions
    Since: 19.08   Strength: observed
    """
    pair = _pair(scene)
    here, there = pair.ends(end)
    assert _up(pair.secondary, here)
    assert _moves(pair, (pair.primary, there), (pair.secondary, here)) == (3, True)


@pytest.mark.parametrize("end", ["server", "client"])
def test_secondary_sends(scene: Scene, end):
    """A secondary that has asked for the link sends on the primary's memif port.

    Source: rte_eth_memif.c, memif_link_update (9467deff9ddf)
    Since: 19.08   Strength: observed
    """
    pair = _pair(scene)
    here, there = pair.ends(end)
    assert _up(pair.secondary, here)
    assert _moves(pair, (pair.secondary, here), (pair.primary, there)) == (3, True)


def test_polling_secondary_finds_the_regions(scene: Scene):
    """A secondary that only polls its queue gets the regions by that, and then the frames.

    Source: rte_eth_memif.c, eth_memif_rx: "Secondary process will attempt to request regions"
    Since: 19.08   Strength: observed
    """
    pair = _pair(scene)
    here, there = pair.ends("server")
    assert _moves(pair, (pair.primary, there), (pair.secondary, here)) == (3, True)


def test_regions_are_asked_for_once(scene: Scene):
    """Asking for the link again and again keeps no descriptor more than the first time.

    Source: rte_eth_memif.c, memif_link_update: only while there are no regions
    Since: 19.08   Strength: observed
    """
    pair = _pair(scene)
    before = pair.secondary.open_files()
    _up(pair.secondary, pair.client)
    first = pair.secondary.open_files() - before
    for _ in range(5):
        _up(pair.secondary, pair.client)
    assert (first > 0, pair.secondary.open_files() - before) == (True, first)


def test_absent_primary_is_survived(scene: Scene):
    """A secondary whose question for the regions finds nobody (MP_IGN) lives, and gets the regions
    when it asks again.

    Source: guide, "Misc considerations": such a peer is "non-existing"
    Since: 19.08   Strength: documented
    """
    pair = _pair(scene)
    here, there = pair.ends("server")
    with Relay(scene, scene.socket_of(pair.primary), Rule("ignore", REGION)):
        _up(pair.secondary, here)
    assert _moves(pair, (pair.primary, there), (pair.secondary, here)) == (3, True)
