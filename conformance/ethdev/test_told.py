# SPDX-License-Identifier: BSD-3-Clause
"""What each process is told of a port: its events, the callbacks of its bursts, its interrupts."""

from __future__ import annotations

from conformance.ethdev import started
from conformance.ethdev.test_loop import COUNT, receive, send
from conformance.ipc_users.device import port_ids
from conformance.ipc_users.ports import set_up
from conformance.roles import both_roles, three
from conformance.verdicts.run import Run
from targets.peer import Peer
from targets.scene import Scene
from traffic.ports.bonding import OverNulls
from traffic.ports.no_wire import Null
from traffic.ports.port import Port
from traffic.ports.tap import Tap

TAP = Tap("gtap0")


def _events(peer: Peer) -> list[tuple[int, str]]:
    """The events of ports that a process has been told of until now, in order."""
    return [(event.port_id, event.kind) for event in peer.events("eth_event")]


@both_roles
def test_all_are_told_of_a_port_that_comes_and_goes(scene: Scene, role: str):
    """A process attaches a device and another one detaches it: each process is told of the port that it
    has, once of its coming and once of its going, under the number that all have.

    Source: rte_ethdev.h, RTE_ETH_EVENT_NEW: "The port is being probed", RTE_ETH_EVENT_DESTROY: "port is
    released"; rte_dev.h, rte_dev_probe: "In multi-process, it will request other processes to add the
    same device"
    Since: 18.11   Strength: must
    """
    one, *others = three(scene, role)
    peers = (one, *others)
    registered = [peer.call("eth_dev_callback_register").ret for peer in peers]
    attached = one.call("dev_probe", devargs="net_null1").ret
    number = port_ids("net_null1", one)[0]
    detached = others[0].call("dev_remove", dev="net_null1").ret
    assert (registered, attached, detached) == ([0, 0, 0], 0, 0)
    assert [_events(peer) for peer in peers] == [[(number, "NEW"), (number, "DESTROY")]] * 3


@both_roles
def test_who_closes_a_port_is_told(scene: Scene, role: str):
    """A process closes a port: this process is told that the port is released, and no other one is.

    Source: nobody promises anything; rte_ethdev.h, RTE_ETH_EVENT_DESTROY: "port is released"
    Since: 20.11   Strength: measured
    """
    up = started.configure(scene, Null())
    secondary = scene.secondary()
    for peer in (up.owner, secondary):
        assert peer.call("eth_dev_callback_register").ret == 0
    closer, other = (up.owner, secondary) if role == "primary" else (secondary, up.owner)
    if role == "primary":
        up.stop_port()
    closed = closer.call("eth_dev_close", port_id=up.port_id).ret
    told = [_events(peer) for peer in (closer, other)]
    assert (closed, told) == (0, [[(up.port_id, "DESTROY")], []])


def _set_up(scene: Scene, port: Port, interrupt: str) -> Peer:
    """A primary with a port of one queue each way and this interrupt, which is not started."""
    owner = scene.primary(*port.eal_args())
    assert set_up(owner, port.device, interrupts=[interrupt]) == 0
    return owner


def test_owner_is_told_of_its_link(scene: Scene, run: Run):
    """The link of a net_bonding comes up, because its owner starts it: the owner is told, and a
    secondary is not.

    Source: nobody promises anything; rte_ethdev.h, RTE_ETH_EVENT_INTR_LSC: "lsc interrupt event"
    Since: 20.11   Strength: measured
    """
    owner = _set_up(scene, OverNulls().on(run.release), "lsc")
    secondary = scene.secondary()
    for peer in (owner, secondary):
        assert peer.call("eth_dev_callback_register").ret == 0
    assert owner.call("eth_dev_start", port_id=0).ret == 0
    owner.expect("eth_event", kind="INTR_LSC", port_id=0)
    # Each process handles its interrupts in their order: the port that is attached now comes later.
    assert owner.call("dev_probe", devargs="net_null2").ret == 0
    later = port_ids("net_null2", secondary)[0]
    up = [peer.call("eth_link_get", port_id=0).link_status for peer in (owner, secondary)]
    assert (_events(secondary), up) == ([(later, "NEW")], [1, 1])


def test_descriptor_of_an_interrupt_is_ones_own(scene: Scene):
    """The descriptor of a queue's rx interrupt, as a process is told it, is that queue's in this very
    process; a process that has none is told -1.

    Source: rte_ethdev.h, rte_eth_dev_rx_intr_ctl_q_get_fd: "the interrupt fd associated to the requested
    Rx queue if successful", "(-1) on error"
    Since: 20.11   Strength: must
    """
    scene.need_network()
    owner = _set_up(scene, TAP, "rxq")
    assert owner.call("eth_dev_start", port_id=0).ret == 0
    secondary = scene.secondary()
    verb = "eth_dev_rx_intr_ctl_q_get_fd"
    owners, other = (peer.call(verb, port_id=0, queue_id=0).ret for peer in (owner, secondary))
    files = [owner.open_path(owners), "none" if other == -1 else secondary.open_path(other)]
    assert files in ([TAP.node, "none"], [TAP.node, TAP.node])


@both_roles
def test_callbacks_of_bursts_are_the_processs_own(scene: Scene, role: str):
    """A process adds callbacks to rx and tx of a queue: they are given each frame of its own bursts, and
    none of those of another process on the same queue.

    Source: nobody promises anything; rte_ethdev.h, rte_eth_add_rx_callback: "Add a callback to be called
    on packet RX on a given port and queue"
    Since: 20.11   Strength: measured
    """
    up = started.configure(scene, Null())
    secondary = scene.secondary()
    one, other = (up.owner, secondary) if role == "primary" else (secondary, up.owner)
    for verb in ("eth_add_rx_callback", "eth_add_tx_callback"):
        assert one.call(verb, port_id=up.port_id, queue_id=0).ret == 0
    for peer in (other, one):
        assert (send(peer, up.port_id), len(receive(peer, up.port_id))) == (COUNT, COUNT)
    given = [(told.rx, told.tx) for told in (peer.call("callback_frames") for peer in (one, other))]
    assert given == [(COUNT, COUNT), (0, 0)]
