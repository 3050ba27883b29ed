# SPDX-License-Identifier: BSD-3-Clause
"""net_bonding over two net_null, whatever port the run is about: the bursts of a secondary."""

from __future__ import annotations

from conformance.ethdev import started
from conformance.ethdev.started import Started
from conformance.ethdev.test_loop import COUNT, receive, send
from conformance.verdicts.run import Run
from targets.peer import Peer
from targets.scene import Scene
from traffic.ports.bonding import OverNulls


def _bonding(scene: Scene, run: Run) -> tuple[Started, Peer, int]:
    """A started net_bonding, a secondary, and the number of the member that is active."""
    up = started.configure(scene, OverNulls().on(run.release))
    member = up.owner.call("eth_dev_get_port_by_name", name=OverNulls.member).port_id
    return up, scene.secondary(), member


def test_secondary_polls_a_bonding(scene: Scene, run: Run):
    """A secondary that polls a net_bonding receives frames or none, as it does of the port's member.

    Source: guide, "Multi-process Support": "work together in a simple transparent manner"
    Since: 20.11   Strength: documented
    """
    up, secondary, member = _bonding(scene, run)
    came = [len(receive(up.owner, up.port_id)), len(receive(secondary, member))]
    polling = secondary.tell("eth_rx_burst", port_id=up.port_id, queue_id=0, nb_pkts=1)
    secondary.expect("polling", of=polling.id)
    secondary.call("stop", of=polling.id)
    assert (came, polling.answer().ret <= 1) == ([COUNT, COUNT], True)


def test_secondary_sends_on_a_bonding(scene: Scene, run: Run):
    """A secondary that sends on a net_bonding sends frames or none, as it does on the port's member, and
    loses no buffer.

    Source: guide, "Multi-process Support", as above
    Since: 20.11   Strength: documented
    """
    up, secondary, member = _bonding(scene, run)
    before = up.free_buffers()
    went = [send(up.owner, up.port_id), send(secondary, member)]
    sent = send(secondary, up.port_id)
    assert (went, sent in (0, COUNT), up.free_buffers()) == ([COUNT, COUNT], True, before)
