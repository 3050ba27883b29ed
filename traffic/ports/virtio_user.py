# SPDX-License-Identifier: BSD-3-Clause
"""net_virtio_user: the other side is a net_vhost of another DPDK process, which has a tap: the wire."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from traffic import needs
from traffic.ports.bridged import Bridged
from traffic.ports.port import Ability

#: Its library has the driver for PCI devices, too.
DRIVER = "net_virtio"

#: The stream socket of vhost-user, as the processes of a scene see it, whose /run is their own.
SOCKET = "/run/gauntlet-vhost"


@dataclass(frozen=True)
class VirtioUser(Bridged):
    """net_virtio_user: rings in the primary's memory, which net_vhost maps; both sides poll.

    A process kicks the other side by a descriptor whose number is in shared memory, and is one of the
    primary's (20.11 to 25.11): what a secondary kicks is whatever it has under that number itself.
    net_vhost asks not to be kicked, so a secondary's rx and tx work with it.
    """

    kind: ClassVar[str] = "net_virtio_user"
    driver: ClassVar[str] = DRIVER
    default_iface: ClassVar[str] = "gvu0"
    secondary_data_path: ClassVar[Ability] = Ability()
    copies: ClassVar[bool] = False
    far_first: ClassVar[bool] = True
    keeps_sent: ClassVar[bool] = True

    @property
    def far_device(self) -> str:
        return "net_vhost0"

    def eal_args(self, queues: int = 1) -> list[str]:
        """Return the arguments with all memory in one file: vhost-user takes 8 descriptors at most."""
        vdev = f"--vdev={self.device},path={SOCKET},queues={queues}"
        return [vdev, "--single-file-segments"]

    def far_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.far_device},iface={SOCKET},queues={queues}"]

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        return super().unavailable(drivers) or needs.lacks_driver("net_vhost", drivers)
