# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-proc-info whose primary is silent, dead, ignoring or lying."""

from __future__ import annotations

import signal

import pytest

from conformance.applications import tools
from conformance.applications.tools import EMPTY, IGNORED, SILENT
from faults.attacks.attack_process import Attack
from faults.relay import Relay
from targets.scene import Scene


def test_it_shows_the_ports_of_the_primary(scene: Scene):
    """dpdk-proc-info shows the primary's ports and ends.

    Source: tools guide, dpdk-proc-info: "retrieves port statistics"
    Since: 18.05   Strength: documented
    """
    tools.testpmd(scene)
    tool = tools.proc_info(scene)
    tool.prints("NIC statistics for port 0")
    assert tool.ends() == "exit 0"


@pytest.mark.parametrize("rule", [IGNORED, SILENT, EMPTY], ids=["ignoring", "silent", "lying"])
def test_it_ends_without_devices(scene: Scene, rule: str):
    """dpdk-proc-info whose primary does not tell it the virtual devices says so and ends with an error.

    Source: app/proc-info/main.c: "No Ethernet ports - bye"
    Since: 18.05   Strength: observed
    """
    primary = tools.testpmd(scene)
    with Relay(scene, scene.socket_of(primary), rule.format("bus_vdev_mp")):
        tool = tools.proc_info(scene)
        assert (tool.ends(), "No Ethernet ports - bye" in tool.output) == ("exit 1", True)


def test_it_ends_when_the_primary_dies_meanwhile(scene: Scene):
    """dpdk-proc-info whose primary dies before it answers ends with an error.

    Source: app/proc-info/main.c: "No Ethernet ports - bye"
    Since: 18.05   Strength: observed
    """
    primary = tools.testpmd(scene)
    primary.may_end(signal=signal.SIGKILL)
    command = ("kill", "primary", "--when", "received request bus_vdev_mp")
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("waiting for")
        tool = tools.proc_info(scene)
        attack.done()
    assert tool.ends() == "exit 1"
