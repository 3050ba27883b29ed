# SPDX-License-Identifier: BSD-3-Clause
"""What the port kinds share that are on a kernel interface: its name, and how it is set up."""
from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Iterator, Mapping

from traffic.ports.port import Port, PortError

LENGTH = 15  # IFNAMSIZ counts the NUL
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_IPV6 = Path("/proc/sys/net/ipv6/conf")


@dataclass(frozen=True)
class OnInterface(Port):
    """A port on the kernel interface `iface`."""

    iface: str

    keys: ClassVar[Mapping[str, str]] = {"iface": "NAME"}
    default_iface: ClassVar[str]

    @classmethod
    def of(cls, text: str, name: str, options: Mapping[str, str]) -> Port:
        return cls(checked(text, "iface", options.get("iface", cls.default_iface)))


def checked(text: str, key: str, name: str) -> str:
    """Return `name`. PortError when no interface can have it; it is the value of `key` in `text`."""
    if len(name) > LENGTH:
        raise PortError(
            f"port {text!r}: {key} {name!r} has {len(name)} characters; the kernel allows"
            f" {LENGTH}; give a shorter name"
        )
    # "all" and "default" are no interfaces below /proc/sys/net/ipv6/conf, but everybody's settings.
    if not _NAME.fullmatch(name) or name in ("all", "default"):
        raise PortError(
            f"port {text!r}: {key} {name!r} cannot be an interface's name; expected letters,"
            " digits, '_', '.' and '-', not 'all' or 'default'; give another name"
        )
    return name


@contextlib.contextmanager
def netlink_for(port: OnInterface) -> Iterator[Any]:
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


def set_up(port: Port, netlink: Any, name: str, remedy: str) -> None:
    """Set the interface `name` up, and silent. PortError, with `remedy`, when it is not there."""
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
