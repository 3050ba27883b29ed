# SPDX-License-Identifier: BSD-3-Clause
"""Calls that set a port up, start it, stop it and close it, made by a secondary while it runs."""

from __future__ import annotations

import pytest

from conformance.ethdev import controls, started
from conformance.ethdev.control import ALL_FORWARDED, AS_TOLD, NONE, error_of, forwards, trial
from targets.scene import Scene
from traffic.ports.port import Port


@pytest.mark.parametrize("verb", controls.SET_UP)
def test_a_secondary_sets_the_port_up_or_is_refused(scene: Scene, port: Port, verb: str):
    """A secondary that configures, sets up, starts or stops a port does what its owner does with that
    call, or gets an error and changes nothing; when the owner has started it, it forwards as before.

    Source: guide, "Multi-process Support": "work together in a simple transparent manner"
    Since: 20.11   Strength: documented
    """
    control = controls.SET_UP[verb]
    owners, made = trial(scene, port, control)
    seen = (made.error, made.did(owners), owners.carried, made.carried)
    may_return = made.may_return(owners, control.errors)
    assert seen == (may_return, AS_TOLD, ALL_FORWARDED, ALL_FORWARDED)


def test_a_secondary_closes_the_port_for_itself(scene: Scene, port: Port):
    """A secondary that closes a port has it no more, or is refused; the owner and other secondaries have
    it, with the same link, and the owner forwards as before.

    Source: rte_ethdev.c, rte_eth_dev_close: "Secondary process needs to close device to release process
    private resources"
    Since: 20.11   Strength: observed
    """
    up = started.start(scene, port)
    closer, stayer = scene.secondary(), scene.secondary()
    link = up.owner.call("eth_link_get", port_id=up.port_id).link_status
    error = error_of(closer.call("eth_dev_close", port_id=up.port_id))
    counts = [peer.call("eth_dev_count_avail").ret for peer in (closer, stayer, up.owner)]
    after = up.owner.call("eth_link_get", port_id=up.port_id).link_status
    closers = port.ports if error != NONE else port.ports - 1
    expected = [closers, port.ports, port.ports]
    assert (counts, after, forwards(up, 1)) == (expected, link, ALL_FORWARDED)
