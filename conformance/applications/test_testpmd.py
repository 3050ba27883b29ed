# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd, as primary and as secondary, whose peer is silent, dead, ignoring or lying."""

from __future__ import annotations

import signal

import pytest

from conformance.applications import tools
from conformance.applications.tools import ATTACH_FAILED, EMPTY, IGNORED, SILENT
from faults.attacks.attack_process import Attack
from faults.relay import Relay
from targets.scene import Scene

HOTPLUG = "eal_dev_mp_request"


def test_device_is_attached_in_both(scene: Scene):
    """A port that one testpmd attaches is there in the other too.

    Source: rte_dev.h, rte_dev_probe: "it will request other processes to add the same device"
    Since: 18.11   Strength: must
    """
    primary, secondary = tools.pair(scene)
    assert (tools.attach(primary), tools.ports(primary, secondary)) == ("attached", (2, 2))


def test_silent_secondary_attaches_nowhere(scene: Scene):
    """A port that the secondary does not answer for is attached in neither, and the primary goes on.

    Source: rte_dev.h, rte_dev_probe: "A failure, in any process, will rollback the action"
    Since: 18.11   Strength: must
    """
    primary, secondary = tools.pair(scene)
    with Relay(scene, scene.socket_of(secondary), SILENT.format(HOTPLUG) + " times 1"):
        said = tools.attach(primary)
    assert (said, tools.ports(primary, secondary)) == ("failed", (1, 1))


def test_failing_secondary_attaches_nowhere(scene: Scene):
    """A port that the secondary says it cannot attach is attached in neither, and the primary goes on.

    Source: rte_dev.h, rte_dev_probe: "A failure, in any process, will rollback the action"
    Since: 18.11   Strength: must
    """
    primary, secondary = tools.pair(scene)
    with Relay(scene, scene.socket_of(secondary), ATTACH_FAILED):
        said = tools.attach(primary)
    assert (said, tools.ports(primary, secondary)) == ("failed", (1, 1))


def test_dead_secondary_attaches_nowhere(scene: Scene):
    """A secondary that dies between the request and its answer makes the attach fail; the primary goes
    on.

    Source: rte_dev.h, rte_dev_probe: "A failure, in any process, will rollback the action"
    Since: 18.11   Strength: must
    """
    primary, secondary = tools.pair(scene)
    secondary.may_end(signal=signal.SIGKILL)
    command = ("kill", "secondary", "--when", f"received request {HOTPLUG}")
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("waiting for")
        said = tools.attach(primary)
        bit = attack.wait()
    assert (bit, said, tools.ports(primary)) == (0, "failed", (1,))


def test_ignoring_secondary_is_not_asked(scene: Scene):
    """A secondary that answers MP_IGN, as one does that is just starting, does not keep a port away.

    Source: guide, "Sending requests": who is not ready is "considered non-existing"
    Since: 18.11   Strength: documented
    """
    primary, secondary = tools.pair(scene)
    with Relay(scene, scene.socket_of(secondary), IGNORED.format(HOTPLUG)):
        said = tools.attach(primary)
    assert (said, tools.ports(primary, secondary)) == ("attached", (2, 1))


def test_answer_without_a_result_is_taken_for_success(scene: Scene):
    """A secondary that answers a device request with nothing in it is taken to have attached the device.

    Source: hotplug_mp.c, eal_dev_hotplug_request_to_secondary: nobody looks at the answer's length
    Since: 18.11   Strength: measured
    """
    primary, secondary = tools.pair(scene)
    with Relay(scene, scene.socket_of(secondary), EMPTY.format(HOTPLUG)):
        said = tools.attach(primary)
    assert (said, tools.ports(primary, secondary)) == ("attached", (2, 1))


@pytest.mark.parametrize("rule", [IGNORED, SILENT, EMPTY], ids=["ignoring", "silent", "lying"])
def test_quitting_needs_no_secondary(scene: Scene, rule: str):
    """A primary testpmd that quits tells its secondary, and ends whatever comes of that.

    Source: testpmd.c, pmd_notify_secondary: the outcome of the request is not looked at
    Since: 25.11   Strength: measured
    """
    primary, secondary = tools.pair(scene)
    secondary.may_end(code=1)  # It looks every second whether its primary is still there.
    with Relay(scene, scene.socket_of(secondary), rule.format("mp_testpmd")):
        primary.type("quit")
        assert primary.ends() == "exit 0"


@pytest.mark.parametrize("rule", [IGNORED, SILENT, EMPTY], ids=["ignoring", "silent", "lying"])
def test_secondary_that_is_told_no_devices_starts_without(scene: Scene, rule: str):
    """A secondary testpmd whose primary does not tell it the virtual devices runs without any port.

    Source: vdev.c, vdev_scan: "allow private vdevs in secondary process"
    Since: 18.05   Strength: observed
    """
    primary = tools.testpmd(scene)
    with Relay(scene, scene.socket_of(primary), rule.format("bus_vdev_mp")):
        secondary = tools.testpmd(scene, "secondary")
    assert tools.ports(primary, secondary) == (1, 0)
