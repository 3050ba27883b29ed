# SPDX-License-Identifier: BSD-3-Clause
"""What the port kinds share whose wire is the far end of a veth pair, made by `prepare`."""
from __future__ import annotations

from traffic.ports.interface import LENGTH, OnInterface, netlink_for, set_up
from traffic.ports.port import PortError

_CARRIER_S = 5.0


class OnVeth(OnInterface):
    """A port on one end of a veth pair; the wire is the other end."""

    @property
    def wire(self) -> str:
        if len(self.iface) < LENGTH:
            return f"{self.iface}w"
        return self.iface[:-1] + ("v" if self.iface.endswith("w") else "w")

    def prepare(self) -> None:
        """Make the pair and set it up: the drivers open the interface in rte_eal_init."""
        with netlink_for(self) as netlink:
            netlink.link("add", ifname=self.iface, kind="veth", peer=self.wire)
        self.link_up()

    def link_up(self) -> None:
        ends = (self.iface, self.wire)
        with netlink_for(self) as netlink:
            for name in ends:
                set_up(self, netlink, name, "call prepare() first, in this network namespace")
        from traffic.carrier import carries

        if not carries(ends, _CARRIER_S):
            raise PortError(
                f"port {self.kind}: {' and '.join(ends)} are expected to carry frames and do not"
                f" after {_CARRIER_S} s; see `ip link` for the end that is down or in use elsewhere"
            )
