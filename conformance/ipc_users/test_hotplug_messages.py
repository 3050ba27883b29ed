# SPDX-License-Identifier: BSD-3-Clause
"""The messages by which devices come and go: each is answered, also one that cannot be done."""

import errno

import pytest

from conformance.roles import both_roles, pair
from conformance.ipc_users.device import on_bus, ports
from faults.ghost import Ghost
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType
from traffic.eal_param import DEV_REQUEST, VDEV, Dev, DevType, Vdev, VdevType


def _result(scene: Scene, ghost: Ghost, peer: Peer, request: Dev) -> int:
    ghost.send(MpType.MP_REQ, DEV_REQUEST, bytes(request), to=scene.socket_of(peer))
    answer = ghost.expect()
    while answer.name == VDEV:  # A secondary looks at its bus again before it attaches.
        answer = ghost.expect()
    assert (answer.name, answer.type) == (DEV_REQUEST, MpType.MP_REP)
    assert Dev.of(answer.param).but(result=0) == request
    return Dev.of(answer.param).result


# net_null5 is on the secondary's bus, but nothing drives it; net_null7 is not there at all.
TO_A_SECONDARY = {
    "attach-again": (DevType.ATTACH, "net_null0", -17),
    "detach-nosuch": (DevType.DETACH, "net_null7", -2),
    "detach-undriven": (DevType.DETACH, "net_null5", -19),
    "undo-nosuch": (DevType.ATTACH_ROLLBACK, "net_null7", -2),
    "undo-undriven": (DevType.ATTACH_ROLLBACK, "net_null5", 0),
    "unknown-type": (77, "net_null0", -22),
}


@pytest.mark.parametrize("what", TO_A_SECONDARY)
def test_secondary_answers_what_it_cannot_do(scene: Scene, what: str):
    """A secondary answers each request for a device, also for one that it does not have, that nothing
    drives, or of a type that does not exist, and keeps the devices it has.

    Source: hotplug_mp.c (5d36bf2bcd87)
    Since: 18.11   Strength: observed
    """
    t, devargs, result = TO_A_SECONDARY[what]
    scene.primary("--vdev=net_null0")
    secondary = scene.secondary()
    to = scene.socket_of(secondary)
    with Ghost(scene) as ghost:
        ghost.send(MpType.MP_MSG, VDEV, bytes(Vdev(VdevType.ONE, 1, "net_null5")), to=to)
        assert _result(scene, ghost, secondary, Dev(t, devargs)) == result
    assert on_bus(secondary) == {"net_null0": True, "net_null5": False}


def test_primary_refuses_an_unknown_type(scene: Scene):
    """A primary answers a request of a type that does not exist: ENOTSUP.

    Source: hotplug_mp.c, __handle_secondary_request
    Since: 18.11   Strength: observed
    """
    primary = scene.primary("--vdev=net_null0")
    with Ghost(scene) as ghost:
        assert _result(scene, ghost, primary, Dev(77, "net_null0")) == -errno.ENOTSUP
    assert ports(primary) == [1]


@both_roles
def test_name_is_taken_until_cleanup(scene: Scene, role: str):
    """The name of the device messages is taken while EAL runs, and free after rte_eal_cleanup.

    Source: hotplug_mp.c, eal_mp_dev_hotplug_cleanup (e8dc971b63a4)
    Since: 22.03   Strength: observed
    """
    peer, _ = pair(scene, role)
    taken = peer.call("mp_action_register", name=DEV_REQUEST, manner=None).rte_errno
    peer.cleanup()
    again = peer.call("mp_action_register", name=DEV_REQUEST, manner=None)
    assert (taken, again.ret) == ("EEXIST", 0)
