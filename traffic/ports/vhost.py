# SPDX-License-Identifier: BSD-3-Clause
"""net_vhost: the other side is a net_virtio_user of another DPDK process, which has a tap: the wire."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from traffic import needs
from traffic.ports.bridged import Bridged
from traffic.ports.port import Ability
from traffic.ports.virtio_user import DRIVER, SOCKET


@dataclass(frozen=True)
class Vhost(Bridged):
    """net_vhost: the primary maps the rings of the process at the other side.

    A secondary has the driver's bursts, and a table of vhost devices of its own, which is empty: each
    burst moves nothing and says "device not found" (20.11 to 25.11).
    """

    kind: ClassVar[str] = "net_vhost"
    default_iface: ClassVar[str] = "gvh0"
    secondary_data_path: ClassVar[Ability] = Ability(
        "net_vhost gives a secondary no rx and tx: the vhost device is known to the primary only"
    )
    copies: ClassVar[bool] = False
    far_first: ClassVar[bool] = False

    @property
    def far_device(self) -> str:
        return "net_virtio_user0"

    def eal_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.device},iface={SOCKET},queues={queues}"]

    def far_args(self, queues: int = 1) -> list[str]:
        """Return the arguments with all memory in one file: vhost-user takes 8 descriptors at most."""
        vdev = f"--vdev={self.far_device},path={SOCKET},queues={queues}"
        return [vdev, "--single-file-segments"]

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        return super().unavailable(drivers) or needs.lacks_driver(DRIVER, drivers)
