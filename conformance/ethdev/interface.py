# SPDX-License-Identifier: BSD-3-Clause
"""The interface of the kernel that a port's driver sets, as the kernel has it."""

from __future__ import annotations

from typing import Callable, Mapping

from pyroute2 import IPRoute

from targets.observed import observed
from targets.scene import Scene
from traffic.ports.bonding import Bonding
from traffic.ports.port import Port
from traffic.ports.tap import Tap
from traffic.ports.veth import OnVeth

# Source: linux/if.h
_UP, _PROMISC, _ALLMULTI = 0x1, 0x100, 0x200


def _flag(flag: int) -> Callable[..., bool]:
    return lambda link: bool(link["flags"] & flag)


_LOOKS: Mapping[str, Callable[..., int | str]] = {
    "up": _flag(_UP),
    "promiscuous": _flag(_PROMISC),
    "allmulticast": _flag(_ALLMULTI),
    "address": lambda link: str(link.get_attr("IFLA_ADDRESS")).replace(":", ""),
    "mtu": lambda link: int(link.get_attr("IFLA_MTU")),
}


@observed
def look(scene: Scene, port: Port, what: str) -> int | str | None:
    """What the kernel has of the interface that the port is, or its active member; None for a port that
    is none."""
    if not isinstance(port, (Tap, OnVeth, Bonding)):
        return None
    return scene.isolation.inside(_look, port.iface, _LOOKS[what])


def _look(name: str, of: Callable[..., int | str]) -> int | str:
    with IPRoute() as netlink:
        return of(netlink.get_links(ifname=name)[0])
