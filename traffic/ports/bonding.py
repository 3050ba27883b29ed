# SPDX-License-Identifier: BSD-3-Clause
"""net_bonding: one port of two taps, of which one is active: the wire is that one."""
from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Sequence

from traffic import needs
from traffic.ports.interface import LENGTH, OnInterface, netlink_for, set_up
from traffic.ports.no_wire import NoWire
from traffic.ports.port import Ability, Port
from traffic.ports.tap import Tap

DEVICE = "net_bonding0"
_DRIVER = "net_bond"
_ACTIVE_BACKUP = 1  # BONDING_MODE_ACTIVE_BACKUP: one member sends, so frames keep their order.

# The device argument that names a member, and the first release that calls it so.
_OLD, _NEW, _RENAMED = "slave", "member", (23, 11)


def _vdev(members: Sequence[str], key: str) -> str:
    """The argument that makes the port; the first of its members is the active one."""
    of_members = "".join(f",{key}={member}" for member in members)
    return f"--vdev={DEVICE},mode={_ACTIVE_BACKUP}{of_members},primary={members[0]}"


def _key_of(version: Sequence[int]) -> str:
    return _NEW if tuple(version[:2]) >= _RENAMED else _OLD


@dataclass(frozen=True)
class Bonding(OnInterface):
    """net_bonding in mode 1 (active backup) over two taps: `iface`, which is active, and another one.

    A secondary has the port's operations and no bursts: its probe is a TODO, "request info from primary
    to set up Rx and Tx", 18.05 to 26.03. From 26.07 on it receives nothing, and what it sends is freed.
    The bursts of the primary follow its own rte_eth_devices, and its configuration those of the members.
    """

    member_key: str = _OLD

    kind: ClassVar[str] = "net_bonding"
    driver: ClassVar[str] = _DRIVER
    default_iface: ClassVar[str] = "gbond0"
    secondary_data_path: ClassVar[Ability] = Ability(
        "net_bonding gives a secondary no rx and tx: its first rx is a SIGSEGV"
    )
    copies: ClassVar[bool] = False
    ports: ClassVar[int] = 3
    reattaches: ClassVar[Ability] = Ability(
        "rte_dev_remove of a net_bonding is EBUSY while it has members"
    )

    def on(self, version: Sequence[int]) -> Port:
        return replace(self, member_key=_key_of(version))

    @property
    def wire(self) -> str:
        return self.iface

    @property
    def node(self) -> str:
        return "/dev/net/tun"

    @property
    def members(self) -> tuple[Tap, Tap]:
        """The two taps that the port is made of, the active one first."""
        other = f"{self.iface}b" if len(self.iface) < LENGTH else f"{self.iface[:-1]}_"
        return Tap(self.iface), Tap(other)

    def eal_args(self, queues: int = 1) -> list[str]:
        """Return the arguments, its own first, so that it is port 0: its members are looked for when it
        is configured."""
        taps = [f"net_tap{i}" for i in range(len(self.members))]
        made = [f"--vdev={name},iface={tap.iface}" for name, tap in zip(taps, self.members)]
        return [_vdev(taps, self.member_key), *made]

    def prepare(self) -> None:
        """Does nothing: the driver of the members makes their interfaces."""

    def link_up(self) -> None:
        with netlink_for(self) as netlink:
            for tap in self.members:
                set_up(self, netlink, tap.wire, "start the primary first: its tap driver makes it")

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        return (
            super().unavailable(drivers)
            or needs.lacks_driver(Tap.kind, drivers)
            or needs.lacks_tun()
        )


@dataclass(frozen=True)
class OverNulls(NoWire):
    """net_bonding over two net_null: a port that a process can poll and send on, and no more."""

    member_key: str = _OLD

    kind: ClassVar[str] = Bonding.kind
    driver: ClassVar[str] = _DRIVER
    secondary_data_path: ClassVar[Ability] = Bonding.secondary_data_path
    has_wire: ClassVar[Ability] = Ability("its members have none")
    ports: ClassVar[int] = Bonding.ports

    #: DPDK's name of the member that is active.
    member: ClassVar[str] = "net_null0"

    def on(self, version: Sequence[int]) -> Port:
        return replace(self, member_key=_key_of(version))

    def eal_args(self, queues: int = 1) -> list[str]:
        nulls = [self.member, "net_null1"]
        return [_vdev(nulls, self.member_key), *(f"--vdev={name}" for name in nulls)]
