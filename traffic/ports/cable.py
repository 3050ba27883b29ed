# SPDX-License-Identifier: BSD-3-Clause
"""The end of a cable: an interface, and why frames may not be sent on it.

The rules are those of the host that this runs on: for a wire on another host it is sent there. So it
needs Python 3.9, its standard library, and what is sent with it (see traffic/far/connection.py).
"""
from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from traffic.carrier import carries
from traffic.rtnetlink import addresses
from traffic.wire import Wire

NET = Path("/sys/class/net")
PROC = Path("/proc/net")

_UP = 0x1  # IFF_UP, include/uapi/linux/if.h
_REJECT = 0x0200  # RTF_REJECT, include/uapi/linux/route.h: "lo" has such a route to everywhere
_ESTABLISHED = "01"  # include/net/tcp_states.h, as /proc/net/tcp writes it
_SSH = 22


@dataclass(frozen=True)
class Cable:
    """The interface `name` of this host. net, proc: where the kernel tells of interfaces, routes and
    connections."""

    name: str
    net: Path = NET
    proc: Path = PROC

    def why_not(self) -> str | None:
        """Return why no frame may be sent on it, and what to do, or None."""
        if not (self.net / self.name).exists():
            there = ", ".join(sorted(path.name for path in self.net.glob("*")))
            return f"there is no such interface; there are: {there}"
        if not int((self.net / self.name / "flags").read_text(), 16) & _UP:
            return f"it is down: ip link set {self.name} up"
        if self.has_default_route():
            return "the default route goes through it: frames would disturb others"
        if self.has_ssh_session():
            return "an SSH session comes through it: frames would disturb it"
        return None

    def has_default_route(self) -> bool:
        """Whether a route to everywhere goes through the interface, of IPv4 or IPv6."""
        for fields in _lines(self.proc / "route"):
            if (fields[0], fields[1], fields[7]) == (self.name, "0" * 8, "0" * 8):
                return True
        for fields in _lines(self.proc / "ipv6_route"):
            rejects = int(fields[8], 16) & _REJECT
            if (fields[-1], fields[0], fields[1]) == (self.name, "0" * 32, "00") and not rejects:
                return True
        return False

    def has_ssh_session(self) -> bool:
        """Whether a connection to the SSH port, or our own SSH connection, has an address of it."""
        mine = self._addresses()
        return any(address in mine for address in self._ssh_addresses())

    def __str__(self) -> str:
        return self.name

    def announce(self) -> list[str]:
        """Return what is done on a host before anything is asked about the interface, a line each."""
        return []

    def wire(self) -> Wire:
        """Return the wire, which is to be entered."""
        return Wire(self.name)

    def carries(self, wait_s: float) -> bool:
        """Return True as soon as it has a link, False when it has none for so long."""
        return carries([self.name], wait_s)

    def describe(self) -> str:
        """The interface in a line."""
        state = (self.net / self.name / "operstate").read_text().strip()
        return (
            f"{self.name}, {(self.net / self.name / 'address').read_text().strip()}, link {state}"
        )

    def _ssh_addresses(self) -> list[str]:
        found = os.environ.get("SSH_CONNECTION", "").split()[2:3]
        for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
            for fields in _lines(self.proc / name):
                address, _, port = fields[1].partition(":")
                if fields[3] == _ESTABLISHED and int(port, 16) == _SSH:
                    found.append(_address(family, address))
        # A link-local address has the name of its interface behind it in one place, and not in others.
        return [address.removeprefix("::ffff:").partition("%")[0] for address in found]

    def _addresses(self) -> set[str]:
        return addresses(self.name)


def _lines(path: Path) -> list[list[str]]:
    """The fields of each line but a heading; none where this kernel has no such file."""
    if not path.exists():
        return []
    lines = [line.split() for line in path.read_text().splitlines()]
    return [fields for fields in lines if len(fields) > 7 and fields[0] not in ("Iface", "sl")]


def _address(family: socket.AddressFamily, text: str) -> str:
    """The address that /proc/net/tcp writes as words in this machine's byte order."""
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    return socket.inet_ntop(family, b"".join(words))
