# SPDX-License-Identifier: BSD-3-Clause
"""net_pcap: the wire is the far end of a veth pair."""
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from traffic.ports.port import Ability
from traffic.ports.veth import OnVeth


@dataclass(frozen=True)
class Pcap(OnVeth):
    """net_pcap: each process opens libpcap handles of its own."""

    kind: ClassVar[str] = "net_pcap"
    default_iface: ClassVar[str] = "gpcap0"
    secondary_data_path: ClassVar[Ability] = Ability()
    copies: ClassVar[bool] = True
    restarts: ClassVar[Ability] = Ability(
        "rte_eth_dev_start of net_pcap does not open an rx_iface_in again"
    )

    def eal_args(self, queues: int = 1) -> list[str]:
        """Return the arguments with rx_iface_in, the only form that does not loop.

        `rx_iface=` captures what the port itself sends, so an echo feeds itself for ever. `iface=`
        spares its own handle only: two processes that echo feed each other (seen on 22.11.11).
        """
        queue = f",rx_iface_in={self.iface},tx_iface={self.iface}"
        return [f"--vdev={self.device}{queue * queues}"]
