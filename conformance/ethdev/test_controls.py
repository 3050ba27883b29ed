# SPDX-License-Identifier: BSD-3-Clause
"""Calls that change a port which runs, made by a secondary."""

from __future__ import annotations

import pytest

from conformance.ethdev import controls
from conformance.ethdev.control import ALL_FORWARDED, AS_TOLD, trial
from targets.scene import Scene
from traffic.ports.port import Port


@pytest.mark.parametrize("verb", controls.RUNNING)
def test_a_secondary_controls_the_port_or_is_refused(scene: Scene, port: Port, verb: str):
    """A call of a secondary that changes a port does what the same call of its owner does, or returns an
    error that is documented and changes nothing; both see the same, and the port forwards as before.

    Source: rte_ethdev.h and rte_flow.h, the results of each call; rte_errno.h, E_RTE_SECONDARY:
    "Operation not allowed in secondary processes"
    Since: 20.11   Strength: must
    """
    control = controls.RUNNING[verb]
    owners, made = trial(scene, port, control)
    seen = (made.error, made.did(owners), owners.carried, made.carried)
    may_return = made.may_return(owners, control.errors)
    assert seen == (may_return, AS_TOLD, ALL_FORWARDED, ALL_FORWARDED)
