# SPDX-License-Identifier: BSD-3-Clause
"""What a secondary reads of a port."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.cases import ALL_HOLD, cases
from conformance.ethdev import started
from conformance.ethdev.control import REFUSED, Call, forwards
from targets.peer import Peer
from targets.scene import Scene
from traffic.ports.port import Port

_QUEUE = {"queue_id": 0}

READINGS = {
    call.verb: call
    for call in (
        Call("eth_dev_info_get"),
        Call("eth_link_get"),
        Call("eth_stats_get"),
        Call("eth_xstats_get_names"),
        Call("eth_xstats_get"),
        Call("eth_rx_queue_info_get", _QUEUE),
        Call("eth_tx_queue_info_get", _QUEUE),
        Call("eth_dev_rss_hash_conf_get"),
        Call("eth_dev_rss_reta_query", {"reta_size": 128}),
        Call("eth_dev_get_vlan_offload"),
    )
}


def _reads(call: Call, peer: Peer, port_id: int) -> dict[str, Any]:
    """All outputs of the call."""
    answer = call.by(peer, port_id)
    return {name: answer[name] for name in answer if name not in ("re", "at", "took_ns")}


@pytest.mark.parametrize("verb", READINGS)
def test_a_secondary_reads_what_the_owner_reads(scene: Scene, port: Port, verb: str):
    """A call that reads a port tells a secondary what it tells the owner, after frames have passed, or
    refuses it with ENOTSUP; it changes nothing of what the owner reads then.

    Source: guide, "Multi-process Support": "work together in a simple transparent manner"
    Since: 20.11   Strength: documented
    """
    up = started.start(scene, port)
    secondary = scene.secondary()
    forwards(up, 1)
    before, read, after = (
        _reads(READINGS[verb], peer, up.port_id) for peer in (up.owner, secondary, up.owner)
    )
    seen = REFUSED if read["errno"] == "ENOTSUP" else cases(read, before)
    assert (seen, cases(after, before)) == (REFUSED if seen == REFUSED else ALL_HOLD, ALL_HOLD)
