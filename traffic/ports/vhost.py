# SPDX-License-Identifier: BSD-3-Clause
"""net_vhost: the other side is a net_virtio_user of another DPDK process, which has a tap: the wire."""
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from traffic.ports import vhost_user
from traffic.ports.bridged import Bridged
from traffic.ports.port import Ability


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
    far_driver: ClassVar[str] = vhost_user.VIRTIO
    far_device: ClassVar[str] = vhost_user.VIRTIO_DEVICE

    def eal_args(self, queues: int = 1) -> list[str]:
        return vhost_user.vhost_args(queues)

    def far_args(self, queues: int = 1) -> list[str]:
        return vhost_user.virtio_args(queues)
