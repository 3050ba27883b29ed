# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's interface is told as it is, and a port without one has none."""

from __future__ import annotations

from pyroute2 import IPRoute

from conformance.ethdev import interface
from targets.scene import Scene
from traffic.ports.no_wire import Null
from traffic.ports.tap import Tap


def test_an_interface_is_told(scene: Scene) -> None:
    scene.need_network()
    scene.isolation.inside(_make, "gtap9")
    port = Tap("gtap9")
    names = ("up", "promiscuous", "allmulticast", "address", "mtu")
    told = [interface.look(scene, port, name) for name in names]
    assert told == [False, True, False, "020000000009", 1400]
    scene.close()


def _make(name: str) -> None:
    """Makes an interface that is down, with IFF_PROMISC."""
    with IPRoute() as netlink:
        netlink.link("add", ifname=name, kind="veth", peer=f"{name}w")
        index = netlink.link_lookup(ifname=name)[0]
        netlink.link("set", index=index, address="02:00:00:00:00:09", mtu=1400)
        netlink.link("set", index=index, flags=0x100, change=0x100)


def test_a_port_that_is_no_interface_has_none(scene: Scene) -> None:
    assert interface.look(scene, Null(), "up") is None
    scene.close()
