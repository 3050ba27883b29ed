# SPDX-License-Identifier: BSD-3-Clause
"""The virtual devices of the primary that a starting secondary is told of, and the other processes that
are told."""

import struct

import pytest

from conformance.roles import both_roles, pair, queue_room, settle
from conformance.ipc_users.device import on_bus, port_ids, ports
from faults.ghost import Ghost
from faults.process import Killed, Stopped
from faults.relay import Relay, Rule
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType
from traffic.eal_param import VDEV, Vdev, VdevType


# A capture without frames: the header of pcap-savefile(5), for Ethernet.
NO_FRAMES = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def _names(count: int) -> list[str]:
    return [f"net_null{number}" for number in range(count)]


def _vdevs(count: int) -> list[str]:
    return [f"--vdev={name}" for name in _names(count)]


# -- who starts has what its primary has ------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 4])
def test_secondary_has_its_primarys_devices(scene: Scene, count: int):
    """A secondary that starts has the devices of its primary's --vdev, as the same ports.

    Source: vdev.c: "static vdev discovery when a secondary process is booting"; guide, "Multi-process
    Support": secondaries "can attach to pre- initialized shared memory"
    Since: 18.05   Strength: documented
    """
    primary, secondary = scene.primary(*_vdevs(count)), scene.secondary()
    assert on_bus(secondary) == {name: True for name in _names(count)}
    for name in _names(count):
        assert port_ids(name, secondary) == port_ids(name, primary)


@pytest.mark.parametrize("name", ["a.pcap", "a" * 60 + ".pcap"], ids=["short", "long"])
def test_secondary_has_a_port_whatever_its_arguments(scene: Scene, name: str):
    """A secondary that starts has its primary's port of net_pcap, however long the name of its file.

    Source: guide, "Multi-process Support": secondaries "can attach to pre- initialized shared memory";
        pcap_ethdev.c keeps the primary's arguments for them
    Since: 18.11   Strength: observed
    """
    (scene.directory / name).write_bytes(NO_FRAMES)
    primary = scene.primary(f"--vdev=net_pcap0,rx_pcap=../{name}")
    secondary = scene.secondary()
    assert port_ids("net_pcap0", primary, secondary) == [0, 0]


@pytest.mark.parametrize("others", [[], ["--vdev=net_null1"]], ids=["no-port", "a-port"])
def test_device_that_cannot_be_probed_keeps_nobody_out(scene: Scene, others: list[str]):
    """When a device of the primary's --vdev could not be probed, and the primary has gone on without it,
    a secondary starts, too, and has the primary's other ports.

    Source: guide, "Multi-process Support": secondaries "can attach to pre- initialized shared memory"
    Since: 18.05   Strength: observed
    """
    primary = scene.primary("--vdev=net_null0,nonsense=1", *others)
    assert ports(primary, scene.secondary()) == [len(others)] * 2


def test_more_devices_than_a_queue_holds(scene: Scene):
    """A secondary gets all devices of its primary, also when they are more than the messages that wait
    in its queue at once.

    Source: vdev.c: "primary process receives the request, and send vdevs one by one"
    Since: 18.05   Strength: observed
    """
    count = queue_room(scene) + 5
    primary, secondary = scene.primary(*_vdevs(count)), scene.secondary()
    assert ports(primary, secondary) == [count, count]


def test_secondaries_that_start_at_once(scene: Scene):
    """Secondaries that start at the same time all get all devices, each once.

    Source: vdev.c, vdev_action
    Since: 18.05   Strength: observed
    """
    scene.primary(*_vdevs(3))
    started = [scene.start("secondary") for _ in range(3)]
    for secondary in started:
        secondary.expect("ready")
    assert [on_bus(peer) for peer in started] == [{name: True for name in _names(3)}] * 3


def test_newcomer_has_what_was_attached_since(scene: Scene):
    """A secondary that starts has what was attached since its primary's start, and not what was
    detached.

    Source: vdev.c: "send vdevs one by one"; rte_dev.h, rte_dev_probe and rte_dev_remove
    Since: 18.11   Strength: observed
    """
    primary = scene.primary(*_vdevs(2))
    primary.call("dev_probe", devargs="net_null7")
    primary.call("dev_remove", dev="net_null0")
    secondary = scene.secondary()
    assert on_bus(secondary) == {"net_null1": True, "net_null7": True}
    assert port_ids("net_null7", secondary) == port_ids("net_null7", primary)


def test_successor_has_the_devices(scene: Scene):
    """A secondary that takes the place of a killed one has the devices too.

    Source: vdev.c, vdev_action
    Since: 18.05   Strength: observed
    """
    scene.primary(*_vdevs(2))
    with Killed(scene.secondary()):
        assert on_bus(scene.secondary()) == {"net_null0": True, "net_null1": True}


def test_device_named_on_both_sides_is_one(scene: Scene):
    """A device on the command lines of primary and secondary is one device, one port.

    Source: vdev.c, vdev_scan; 1bd1ab6fd010: "fix device reinitialization"
    Since: 18.05   Strength: observed
    """
    peers = [scene.primary(*_vdevs(2)), scene.secondary("--vdev=net_null1")]
    assert [on_bus(peer) for peer in peers] == [{"net_null0": True, "net_null1": True}] * 2
    assert port_ids("net_null1", *peers) == [1, 1]


def test_given_up_device_stays_given_up(scene: Scene):
    """A device that a secondary has given up does not come back to it because another one starts.

    Source: rte_bus_vdev.h, rte_vdev_uninit: "Uninitialize a driver specified by name"
    Since: 18.05   Strength: must
    """
    primary, secondary = scene.primary(*_vdevs(2)), scene.secondary()
    secondary.call("vdev_uninit", name="net_null0")
    scene.secondary()
    settle(primary, secondary)
    assert on_bus(secondary) == {"net_null1": True}


def test_secondary_without_answer_has_no_devices(scene: Scene):
    """A secondary whose request for the devices is not heard comes up all the same, without them.

    Source: vdev.c: "Fall through to allow private vdevs in secondary process"
    Since: 18.05   Strength: observed
    """
    primary = scene.primary(*_vdevs(2))
    unheard = Rule("ignore", VDEV, MpType.MP_REQ)
    with Relay(scene, scene.socket_of(primary), unheard):
        secondary = scene.secondary()
    assert (on_bus(secondary), ports(primary)) == ({}, [2])


def test_stopped_secondary_silences_nobody(scene: Scene):
    """A secondary that is stopped while another one starts does not keep the primary from answering a
    third.

    Source: guide, "Communication between multiple processes": a message is "a best-effort notification
    mechanism"; vdev.c sends one for every device to every secondary
    Since: 18.05   Strength: documented
    """
    # One device more than fits into the queue of the one who does not read.
    primary = scene.primary(*_vdevs(queue_room(scene) + 1))
    asking, stopped = scene.secondary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="reply")
    with Stopped(stopped):
        newcomer = scene.start("secondary")
        scene.wait_until(
            lambda: "unix_wait_for_peer" in primary.wait_channel() or newcomer.said("ready"),
            "the newcomer ready, or the primary in the kernel, waiting for the stopped one",
        )
        r = asking.call("mp_request_sync", name="ping", timeout="patience")
        assert (r.ret, r.rte_errno, r.nb_received) == (0, None, 1)
    newcomer.expect("ready")


# -- the messages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3])
def test_list_is_told_one_by_one(scene: Scene, count: int):
    """A secondary that asks for the devices is told the name of each, in the order of the command line,
    and then, in the answer, their number.

    Source: vdev.c: "primary process sends back reply, which indicates how many vdevs are sent"
    Since: 18.05   Strength: observed
    """
    scene.primary(*_vdevs(count))
    with Ghost(scene) as ghost:
        ghost.send(MpType.MP_REQ, VDEV, bytes(Vdev(VdevType.REQ)))
        heard = [ghost.expect(VDEV) for _ in range(count + 1)]
    told = [(one.type, Vdev.of(one.param)) for one in heard]
    *each, (kind, answer) = told
    assert each == [(MpType.MP_MSG, Vdev(VdevType.ONE, 1, name)) for name in _names(count)]
    assert (kind, answer.type, answer.num) == (MpType.MP_REP, VdevType.REP, count)


def _handled(scene: Scene, ghost: Ghost, peer: Peer) -> None:
    """Once this returns the peer has handled all that the ghost has sent it before, and answered
    nothing of it."""
    peer.call("mp_action_register", name="ping", manner="reply")
    ghost.send(MpType.MP_REQ, "ping", to=scene.socket_of(peer))
    ghost.expect("ping", MpType.MP_REP)


TOLD = {
    "new": ([b"net_null5"], {"net_null0": True, "net_null5": False}),
    "twice": ([b"net_null5"] * 2, {"net_null0": True, "net_null5": False}),
    "there-already": ([b"net_null0"], {"net_null0": True}),
    "as-long-as-can-be": ([b"n" * 63], {"net_null0": True, "n" * 63: False}),
    "too-long": ([b"n" * 64], {"net_null0": True}),
}


@pytest.mark.parametrize("what", TOLD)
def test_told_device_is_known_once(scene: Scene, what: str):
    """A device that a secondary is told of is on its bus once, driven by nothing until it is attached;
    a name that does not fit is not taken, and what was there stays.

    Source: vdev.c, vdev_action and insert_vdev
    Since: 18.05   Strength: observed
    """
    names, bus = TOLD[what]
    scene.primary(*_vdevs(1))
    secondary = scene.secondary()
    with Ghost(scene) as ghost:
        for name in names:
            one = bytes(Vdev(VdevType.ONE, 1, name.decode()))
            ghost.send(MpType.MP_MSG, VDEV, one, to=scene.socket_of(secondary))
        _handled(scene, ghost, secondary)
    assert on_bus(secondary) == bus


@both_roles
def test_unknown_type_is_dropped(scene: Scene, role: str):
    """A vdev message of a type that does not exist is dropped: what comes next is handled.

    Source: vdev.c, vdev_action: "vdev cannot recognize this message"
    Since: 18.05   Strength: observed
    """
    peer, _ = pair(scene, role)
    with Ghost(scene) as ghost:
        ghost.send(MpType.MP_REQ, VDEV, bytes(Vdev(77)), to=scene.socket_of(peer))
        _handled(scene, ghost, peer)


@both_roles
def test_name_is_taken(scene: Scene, role: str):
    """The name of the vdev bus's messages is taken in every process.

    Source: vdev.c, vdev_scan
    Since: 18.05   Strength: observed
    """
    peer, _ = pair(scene, role)
    assert peer.call("mp_action_register", name=VDEV, manner=None).rte_errno == "EEXIST"
