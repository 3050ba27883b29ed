# SPDX-License-Identifier: BSD-3-Clause
"""Secondaries that arrive while something is under way, or whose messages are not what was sent."""

import pytest

from conformance.roles import both_roles, pair
from conformance.ipc_users.device import on_bus, ports
from faults.relay import Relay, Rule
from targets.scene import Scene
from traffic.datagram import MpType
from traffic.eal_param import DEV_REQUEST, VDEV


@both_roles
def test_request_is_held_until_another_has_arrived(scene: Scene, role: str):
    """A request that is on its way when another secondary arrives counts who was there when it was made,
    and is answered.

    Source: guide, "Sending requests": nb_sent is "how many peer processes were active at the time of the
    request"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    held = Rule("hold", "ping")
    with Relay(scene, scene.socket_of(responder), held) as relay:
        requester.call("mp_request_async", name="ping", timeout="ample")
        relay.wait_bites(held)
        newcomer = scene.secondary()
        newcomer.call("mp_action_register", name="ping", manner="reply")
        relay.release()
        done = requester.expect("async_reply")
    assert (done.nb_sent, done.nb_received, newcomer.events("action")) == (1, 1, [])


@pytest.mark.parametrize("what", ["double", "delay 50ms"])
def test_devices_that_are_told_twice_or_late(scene: Scene, what: str):
    """A secondary that starts has the devices of its primary, each once, also when what it is told of
    them comes twice, or late.

    Source: vdev.c, vdev_action: a device that is there already is no new one
    Since: 18.05   Strength: observed
    """
    primary = scene.primary("--vdev=net_null0", "--vdev=net_null1")
    asks = Rule("hold", VDEV, MpType.MP_REQ, to="primary")
    told = f"{what} * {VDEV} to secondary"
    with Relay(scene, scene.socket_of(primary), asks, told, later="secondary") as relay:
        secondary = scene.start("secondary")
        relay.wait_bites(asks)
        relay.wait_before(scene.socket_of(secondary))
        relay.release()
        secondary.expect("ready")
    assert on_bus(secondary) == {"net_null0": True, "net_null1": True}
    assert ports(primary, secondary) == [2, 2]


def test_device_that_is_attached_meanwhile(scene: Scene):
    """A secondary that starts while a device is being attached has that device, as all others have.

    Source: rte_dev.h, rte_dev_probe: "In multi-process, it will request other processes to add the same
    device"; guide, "Multi-process Support"
    Since: 18.11   Strength: documented
    """
    primary, first = scene.primary(), scene.secondary()
    held = Rule("hold", DEV_REQUEST, MpType.MP_REQ, most=1)
    with Relay(scene, scene.socket_of(first), held) as relay:
        attached = primary.tell("dev_probe", devargs="net_null1")
        relay.wait_bites(held)
        second = scene.start("secondary")
        relay.release()
        second.expect("ready")
        assert attached.answer().ret == 0
    assert ports(primary, first, second) == [1, 1, 1]
