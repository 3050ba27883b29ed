# SPDX-License-Identifier: BSD-3-Clause
"""What the owner of a port changes, as the other processes read it."""

from __future__ import annotations

import pytest

from conformance.cases import ALL_HOLD, cases
from conformance.ethdev import started
from conformance.ethdev.control import ALL_FORWARDED, NONE, error_of, forwards
from conformance.ethdev.events import EVENTS, may_read
from conformance.ethdev.needs import need
from conformance.ethdev.test_readings import READINGS
from targets.outcome import Unavailable
from targets.scene import Scene
from traffic.ports.port import Port

# Those of READINGS that each kind of port has.
READS = ("eth_dev_info_get", "eth_link_get", "eth_stats_get", "eth_xstats_get")


@pytest.mark.parametrize("event", EVENTS)
def test_all_read_what_the_owner_changes(scene: Scene, port: Port, event: str):
    """The owner changes a port: what it reads then, a secondary reads that was there before, and one
    that comes afterwards, or the reading is refused with ENOTSUP.

    Source: guide, "Multi-process Support": "work together in a simple transparent manner"
    Since: 20.11   Strength: documented
    """
    changing = EVENTS[event]
    if changing.restarts:
        need(port, port.restarts)
    up = started.start(scene, port)
    there = scene.secondary()
    passed = forwards(up, 1)  # So that there are statistics.
    if changing.prepare:
        changing.prepare.by(up.owner, up.port_id)
    before = changing.read_by(up.owner, up)
    changing.do(up)
    comes = scene.secondary()
    owners = changing.read_by(up.owner, up)
    if owners == before:
        raise Unavailable(f"{port.kind}: its owner reads nothing of {event}")
    read = {peer.name: changing.read_by(peer, up) for peer in (there, comes)}
    promised = {name: may_read(owners, seen) for name, seen in read.items()}
    assert (passed, cases(read, promised)) == (ALL_FORWARDED, ALL_HOLD)


@pytest.mark.parametrize("verb", READS)
def test_closed_port_is_read(scene: Scene, port: Port, verb: str):
    """The owner closes a port, and a secondary that was there reads the port: the call returns, and the
    secondary lives.

    Source: nobody promises anything; rte_ethdev.h, rte_eth_dev_close, "The device cannot be restarted!",
    says nothing of other processes
    Since: 20.11   Strength: measured
    """
    up = started.start(scene, port)
    secondary = scene.secondary()
    reading = READINGS[verb]
    first = error_of(reading.by(secondary, up.port_id))
    if first != NONE:
        raise Unavailable(f"{port.kind}: {verb} of a secondary is {first} before, too")
    up.close_port()
    reading.by(secondary, up.port_id)
    assert secondary.alive
