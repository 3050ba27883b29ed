# SPDX-License-Identifier: BSD-3-Clause
"""net_tap: the wire is the tap interface itself, made by the driver in the primary."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from traffic import needs
from traffic.ports.interface import OnInterface, netlink_for, set_up
from traffic.ports.port import Ability


@dataclass(frozen=True)
class Tap(OnInterface):
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

    @property
    def node(self) -> str:
        return "/dev/net/tun"

    def eal_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.device},iface={self.iface}"]

    def prepare(self) -> None:
        """Does nothing: the driver makes the interface, and it goes when the last descriptor does."""

    def link_up(self) -> None:
        with netlink_for(self) as netlink:
            set_up(self, netlink, self.wire, "start the primary first: its tap driver makes it")

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        return super().unavailable(drivers) or needs.lacks_tun()
