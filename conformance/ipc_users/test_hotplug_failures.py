# SPDX-License-Identifier: BSD-3-Clause
"""Attaching and detaching beside a peer that fails: all is undone, or all processes keep the device."""

import pytest

from conformance.roles import both_roles, pair, three
from conformance.ipc_users.device import ports
from conformance.ipc_users.serve import serve_devices
from faults.ghost import Ghost
from faults.relay import Relay, Rule
from targets.scene import Scene
from traffic.datagram import MpType
from traffic.eal_param import DEV_REQUEST, Dev, DevType

# MP_TIMEOUT_S of hotplug_mp.c.
DPDK_WAITS_S = 5.0


def _names(asked: list[Dev]) -> list[str]:
    return [f"{DevType(one.t).name} {one.devargs}" for one in asked]


@both_roles
def test_failed_attach_is_undone(scene: Scene, role: str):
    """If one process cannot attach a device no process keeps it, and the caller gets that one's error.

    Source: rte_dev.h, rte_dev_probe: "A failure, in any process, will rollback the action"
    Since: 18.11   Strength: must
    """
    one, other = pair(scene, role)
    with Ghost(scene) as ghost:
        pending = one.tell("dev_probe", devargs="net_null1")
        asked = serve_devices(ghost, pending, result=-5)
    assert (pending.answer().errno, ports(one, other)) == ("EIO", [0, 0])
    assert _names(asked) == ["ATTACH net_null1", "ATTACH_ROLLBACK net_null1"]


@both_roles
def test_failed_detach_is_undone(scene: Scene, role: str):
    """If one process cannot detach a device every process keeps it, and the caller gets that one's
    error.

    Source: rte_dev.h, rte_dev_remove: "A failure, in any process, will rollback the action"
    Since: 18.11   Strength: must
    """
    one, *others = three(scene, role, "--vdev=net_null0")
    with Ghost(scene) as ghost:
        pending = one.tell("dev_remove", dev="net_null0")
        asked = serve_devices(ghost, pending, result=-16)
    assert (pending.answer().errno, ports(one, *others)) == ("EBUSY", [1, 1, 1])
    assert _names(asked) == ["DETACH vdev:net_null0,", "DETACH_ROLLBACK vdev:net_null0,"]


@both_roles
def test_device_can_be_attached_after_a_failure(scene: Scene, role: str):
    """A device whose attaching was undone can be attached once all can.

    Source: rte_dev.h, rte_dev_probe
    Since: 18.11   Strength: must
    """
    one, other = pair(scene, role)
    with Ghost(scene) as ghost:
        pending = one.tell("dev_probe", devargs="net_null1")
        serve_devices(ghost, pending, result=-5)
        pending.answer()
    r = one.call("dev_probe", devargs="net_null1")
    assert (r.ret, ports(one, other)) == (0, [1, 1])


@both_roles
@pytest.mark.parametrize("what", ["has-it-already", "has-it-no-more", "ignores"])
def test_peer_that_need_do_nothing_is_no_failure(scene: Scene, role: str, what: str):
    """A peer that has a device already when it is attached, has it no more when it is detached, or
    answers MP_IGN, fails nothing.

    Source: hotplug_mp.c (494db286f37d); guide, "Misc considerations"
    Since: 18.11   Strength: observed
    """
    attach = what != "has-it-no-more"
    one, *others = three(scene, role, *([] if attach else ["--vdev=net_null0"]))
    verb = {"devargs": "net_null0"} if attach else {"dev": "net_null0"}
    with Ghost(scene) as ghost:
        pending = one.tell("dev_probe" if attach else "dev_remove", **verb)
        serve_devices(ghost, pending, -17 if attach else -2, ignore=what == "ignores")
    assert (pending.answer().ret, ports(one, *others)) == (0, [int(attach)] * 3)


def test_deaf_secondary_undoes_attach(scene: Scene):
    """A secondary that does not hear of a new device costs the primary DPDK's five seconds and the
    device: nobody keeps it, and the next attempt works.

    Source: rte_dev.h, rte_dev_probe: "A failure, in any process, will rollback the action"
    Since: 18.11   Strength: must
    """
    primary, *secondaries = three(scene, "primary")
    deaf = secondaries[0]
    lost = Rule("drop", DEV_REQUEST, MpType.MP_REQ, most=1)
    with Relay(scene, scene.socket_of(deaf), lost):
        r = primary.call("dev_probe", devargs="net_null1", deadline_s=3 * DPDK_WAITS_S)
    assert (r.errno, ports(primary, *secondaries)) == ("ENOMSG", [0, 0, 0])
    again = primary.call("dev_probe", devargs="net_null1")
    assert (again.ret, ports(primary, *secondaries)) == (0, [1, 1, 1])


def test_deaf_secondary_undoes_detach(scene: Scene):
    """A secondary that does not hear of a device's end costs the primary DPDK's five seconds: everybody
    keeps the device, and the next attempt works.

    Source: rte_dev.h, rte_dev_remove: "A failure, in any process, will rollback the action"
    Since: 18.11   Strength: must
    """
    primary, *secondaries = three(scene, "primary", "--vdev=net_null0")
    lost = Rule("drop", DEV_REQUEST, MpType.MP_REQ, most=1)
    with Relay(scene, scene.socket_of(secondaries[0]), lost):
        r = primary.call("dev_remove", dev="net_null0", deadline_s=3 * DPDK_WAITS_S)
    assert (r.errno, ports(primary, *secondaries)) == ("ENOMSG", [1, 1, 1])
    again = primary.call("dev_remove", dev="net_null0")
    assert (again.ret, ports(primary, *secondaries)) == (0, [0, 0, 0])


def test_deaf_secondary_takes_no_old_device(scene: Scene):
    """Attaching a device that is attached already takes it from nobody, though a secondary does not
    hear of it.

    Source: rte_dev.h, rte_dev_probe: "A failure, in any process, will rollback the action": there was
    no action to roll back
    Since: 18.11   Strength: must
    """
    primary, *secondaries = three(scene, "primary", "--vdev=net_null0")
    lost = Rule("drop", DEV_REQUEST, MpType.MP_REQ, most=1)
    with Relay(scene, scene.socket_of(secondaries[0]), lost):
        primary.call("dev_probe", devargs="net_null0", deadline_s=3 * DPDK_WAITS_S)
    assert ports(primary, *secondaries) == [1, 1, 1]
