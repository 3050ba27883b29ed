# SPDX-License-Identifier: BSD-3-Clause
"""Port kinds: the EAL arguments that make one, and the wire on which the kernel sees it.

    net_tap        the wire is the tap interface itself, made by the driver in the primary
    net_af_packet  the wire is the far end of a veth pair, made by `prepare`
    net_pcap       likewise

In order: `prepare()`, the primary's rte_eal_init, `link_up()`, rte_eth_dev_start. Everything acts
on the caller's own network namespace. Standard library only, because `ci/validate --port x` is
checked before anything is installed; pyroute2 is imported where it is used.
"""
from __future__ import annotations

import abc
import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Iterator

from traffic import needs

IFACE_LENGTH = 15  # IFNAMSIZ counts the NUL
_IFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PCI = re.compile(r"([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]")
_IPV6 = Path("/proc/sys/net/ipv6/conf")
_CARRIER_S = 5.0

_NO_WIRE = "has no wire that the kernel sees: no frame can be accounted for"
_NOT_YET = "not supported by this version of Gauntlet"
_PCI_KIND = "a PCI address"
_OTHERS = {
    "net_af_xdp": _NOT_YET,
    "net_memif": _NOT_YET,
    "net_virtio_user": _NOT_YET,
    "net_vhost": _NOT_YET,
    "net_ring": _NO_WIRE,
    "net_null": _NO_WIRE,
    _PCI_KIND: _NOT_YET,
}


class PortError(Exception):
    """A port is wrong. Its text, one line, says which port, what was expected, what was found, and what
    to do."""


@dataclass(frozen=True)
class Ability:
    """True when it can be done; if not, `why_not` is the reason."""

    why_not: str | None = None

    def __bool__(self) -> bool:
        return self.why_not is None


@dataclass(frozen=True)
class Port(abc.ABC):
    """A port of one kind on the kernel interface `iface`."""

    iface: str

    kind: ClassVar[str]
    default_iface: ClassVar[str]

    #: What this kind's driver lets a secondary do with rx and tx. Seen on 22.11.11; the drivers of
    #: 22.11 to 26.07 read the same.
    secondary_data_path: ClassVar[Ability]

    #: True: every process that polls gets a copy of its own of each frame. False: they share them.
    copies: ClassVar[bool]

    @property
    def device(self) -> str:
        """DPDK's name of the port."""
        return f"{self.kind}0"

    @property
    @abc.abstractmethod
    def wire(self) -> str:
        """The kernel interface to send to and to receive from."""

    @abc.abstractmethod
    def eal_args(self, queues: int = 1) -> list[str]:
        """Return the primary's EAL arguments, for `queues` rx and as many tx queues.

        A secondary needs none: it finds the port by asking the primary (bus/vdev, since 18.05).
        """

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make what must be there before the primary's rte_eal_init. PortError when it cannot."""

    @abc.abstractmethod
    def link_up(self) -> None:
        """Set the wire up, and the kernel silent on it: no IPv6, so no solicitations of its own.

        Call it between the primary's rte_eal_init and rte_eth_dev_start, which sets a tap up too:
        what the kernel says before this reaches the port. PortError when the wire is not there.
        """

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        """Return why this kind cannot be used on this machine now, or None.

        `drivers` are the folders with librte_net_*.so, by default those of the installed DPDK.
        """
        return needs.lacks_driver(cls.kind, drivers) or needs.lacks_capabilities()


@dataclass(frozen=True)
class Tap(Port):
    """net_tap: the driver opens /dev/net/tun; secondaries ask the primary for the descriptors.

    With several queues the kernel chooses by a hash of IP addresses and ports, so numbered frames,
    which are not IP, all come to one queue (seen on 22.11.11: 1000 and 0 of 1000).
    """

    kind: ClassVar[str] = "net_tap"
    default_iface: ClassVar[str] = "gtap0"
    secondary_data_path: ClassVar[Ability] = Ability()
    copies: ClassVar[bool] = False

    @property
    def wire(self) -> str:
        return self.iface

    def eal_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.device},iface={self.iface}"]

    def prepare(self) -> None:
        """Does nothing: the driver makes the interface, and it goes when the last descriptor does."""

    def link_up(self) -> None:
        with _netlink(self) as netlink:
            _set_up(self, netlink, self.wire, "start the primary first: its tap driver makes it")

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        return super().unavailable(drivers) or needs.lacks_tun()


class _OnVeth(Port):
    """A port on one end of a veth pair; the wire is the other end."""

    @property
    def wire(self) -> str:
        if len(self.iface) < IFACE_LENGTH:
            return f"{self.iface}w"
        return self.iface[:-1] + ("v" if self.iface.endswith("w") else "w")

    def prepare(self) -> None:
        """Make the pair and set it up: the drivers open the interface in rte_eal_init."""
        with _netlink(self) as netlink:
            netlink.link("add", ifname=self.iface, kind="veth", peer=self.wire)
        self.link_up()

    def link_up(self) -> None:
        ends = (self.iface, self.wire)
        with _netlink(self) as netlink:
            for name in ends:
                _set_up(self, netlink, name, "call prepare() first, in this network namespace")
        from traffic.carrier import carries

        if not carries(ends, _CARRIER_S):
            raise PortError(
                f"port {self.kind}: {' and '.join(ends)} are expected to carry frames and do not"
                f" after {_CARRIER_S} s; see `ip link` for the end that is down or in use elsewhere"
            )


@dataclass(frozen=True)
class AfPacket(_OnVeth):
    """net_af_packet: memory-mapped packet sockets of the primary.

    The probe of a secondary is a TODO: "request info from primary to set up Rx and Tx", 18.11 to
    26.07, so neither functions nor mapping are there.
    """

    kind: ClassVar[str] = "net_af_packet"
    default_iface: ClassVar[str] = "gaf0"
    secondary_data_path: ClassVar[Ability] = Ability(
        "net_af_packet gives a secondary no rx and tx: its first rx is a SIGSEGV"
    )
    copies: ClassVar[bool] = False

    def eal_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.device},iface={self.iface},qpairs={queues}"]


@dataclass(frozen=True)
class Pcap(_OnVeth):
    """net_pcap: each process opens libpcap handles of its own."""

    kind: ClassVar[str] = "net_pcap"
    default_iface: ClassVar[str] = "gpcap0"
    secondary_data_path: ClassVar[Ability] = Ability()
    copies: ClassVar[bool] = True

    def eal_args(self, queues: int = 1) -> list[str]:
        """Return the arguments with rx_iface_in, the only form that does not loop.

        `rx_iface=` captures what the port itself sends, so an echo feeds itself for ever. `iface=`
        spares its own handle only: two processes that echo feed each other (seen on 22.11.11).
        """
        queue = f",rx_iface_in={self.iface},tx_iface={self.iface}"
        return [f"--vdev={self.device}{queue * queues}"]


KINDS: tuple[type[Port], ...] = (Tap, AfPacket, Pcap)


def parse(text: str) -> Port:
    """Return the port that `KIND[,iface=NAME]` names. PortError, one line, when it names none.

    Availability is not asked here: a port may be named on one machine and used on another.
    """
    name, *pairs = text.split(",")
    kinds = {kind.kind: kind for kind in KINDS}
    if name not in kinds:
        raise PortError(_unknown(text, name))
    options = _options(text, pairs)
    return kinds[name](options.get("iface", kinds[name].default_iface))


def _options(text: str, pairs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if key != "iface":
            raise PortError(_wrong(text, f"unknown key {key!r}" if pair else "an empty option"))
        if key in found:
            raise PortError(_wrong(text, f"{key} is given twice"))
        if not equals or not value:
            raise PortError(_wrong(text, f"{key} is empty"))
        found[key] = _iface(text, value)
    return found


def _iface(text: str, name: str) -> str:
    if len(name) > IFACE_LENGTH:
        raise PortError(
            f"port {text!r}: iface {name!r} has {len(name)} characters; the kernel allows"
            f" {IFACE_LENGTH}; give a shorter name"
        )
    # "all" and "default" are no interfaces below /proc/sys/net/ipv6/conf, but everybody's settings.
    if not _IFACE.fullmatch(name) or name in ("all", "default"):
        raise PortError(
            f"port {text!r}: iface {name!r} cannot be an interface's name; expected letters,"
            " digits, '_', '.' and '-', not 'all' or 'default'; give another name"
        )
    return name


def _wrong(text: str, found: str) -> str:
    kind = text.split(",")[0]
    return f"port {text!r}: {found}; expected KIND[,iface=NAME]; give {kind} or {kind},iface=NAME"


def _unknown(text: str, name: str) -> str:
    why_not = {kind.kind: kind.unavailable() for kind in KINDS}
    here = ", ".join(kind for kind, why in why_not.items() if why is None) or "none"
    known = _PCI_KIND if _PCI.fullmatch(name) else name
    if known in _OTHERS:
        found = f"{known} {_OTHERS[known]}".replace(f"{known} not ", f"{known} is not ")
    else:
        found = f"unknown kind {name!r}" if name else "no kind is given"
    refused: dict[str, list[str]] = {}
    for kind, why in {**why_not, **_OTHERS}.items():
        if why is not None:
            refused.setdefault(why, []).append(kind)
    rest = "; ".join(f"{', '.join(those)} ({why})" for why, those in refused.items())
    return f"port {text!r}: {found}; give KIND[,iface=NAME]; available here: {here}; not: {rest}"


@contextlib.contextmanager
def _netlink(port: Port) -> Iterator[Any]:
    """Open rtnetlink in this network namespace; what the kernel refuses becomes a PortError."""
    try:
        from pyroute2 import IPRoute, NetlinkError
    except ImportError as error:
        raise PortError(
            f"port {port.kind}: {error}; pyroute2 is expected; apt-get install python3-pyroute2"
        ) from error
    with IPRoute() as netlink:
        try:
            yield netlink
        except NetlinkError as error:
            raise PortError(
                f"port {port.kind} on {port.iface}, wire {port.wire}: the kernel refuses: {error};"
                " expected CAP_NET_ADMIN in a private network namespace without these interfaces;"
                " run under `unshare -n`, or give another iface"
            ) from error


def _set_up(port: Port, netlink: Any, name: str, remedy: str) -> None:
    found = netlink.link_lookup(ifname=name)
    if not found:
        raise PortError(
            f"port {port.kind}: interface {name!r} is expected in this network namespace and is not"
            f" there; {remedy}"
        )
    # Before the link comes up, because that is when IPv6 begins to speak.
    _silence(port, _IPV6 / name / "disable_ipv6")
    netlink.link("set", index=found[0], state="up")


def _silence(port: Port, setting: Path) -> None:
    if not _IPV6.exists():
        return  # This kernel has no IPv6 to turn off.
    try:
        setting.write_text("1")
    except OSError as error:
        raise PortError(
            f"port {port.kind}: {setting} is expected to take 1 and does not: {error.strerror};"
            " give this process a writable /proc/sys (mount -t proc proc /proc in its namespaces)"
        ) from error
