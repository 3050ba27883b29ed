# SPDX-License-Identifier: BSD-3-Clause
"""net_memif: the other side is a memif of another DPDK process, which has a tap: the wire."""
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from traffic.ports.bridged import Bridged
from traffic.ports.port import Ability


@dataclass(frozen=True)
class Memif(Bridged):
    """net_memif: the server is under test. Secondaries ask the primary for its shared regions.

    They ask at the first burst, or when they read the link (19.08 to 25.11). Frames are copied, and
    the stream socket is an abstract one: it is of the network namespace.
    """

    kind: ClassVar[str] = "net_memif"
    default_iface: ClassVar[str] = "gmif0"
    secondary_data_path: ClassVar[Ability] = Ability()
    copies: ClassVar[bool] = False
    restarts: ClassVar[Ability] = Ability(
        "the client at the other side connects in its own rte_eth_dev_start only"
    )
    far_first: ClassVar[bool] = False
    far_driver: ClassVar[str] = kind
    far_device: ClassVar[str] = f"{kind}1"

    def eal_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.device},role=server"]

    def far_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.far_device},role=client"]
