# SPDX-License-Identifier: BSD-3-Clause
"""net_virtio_user: the other side is a net_vhost of another DPDK process, which has a tap: the wire."""
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from traffic.ports import vhost_user
from traffic.ports.bridged import Bridged
from traffic.ports.port import Ability


@dataclass(frozen=True)
class VirtioUser(Bridged):
    """net_virtio_user: rings in the primary's memory, which net_vhost maps; both sides poll.

    A process kicks the other side by a descriptor whose number is in shared memory, and is one of the
    primary's (20.11 to 25.11): what a secondary kicks is whatever it has under that number itself.
    net_vhost asks not to be kicked, so a secondary's rx and tx work with it.
    """

    kind: ClassVar[str] = "net_virtio_user"
    driver: ClassVar[str] = vhost_user.VIRTIO
    default_iface: ClassVar[str] = "gvu0"
    secondary_data_path: ClassVar[Ability] = Ability()
    copies: ClassVar[bool] = False
    far_first: ClassVar[bool] = True
    keeps_sent: ClassVar[bool] = True
    far_driver: ClassVar[str] = vhost_user.VHOST
    far_device: ClassVar[str] = vhost_user.VHOST_DEVICE

    def eal_args(self, queues: int = 1) -> list[str]:
        return vhost_user.virtio_args(queues)

    def far_args(self, queues: int = 1) -> list[str]:
        return vhost_user.vhost_args(queues)
