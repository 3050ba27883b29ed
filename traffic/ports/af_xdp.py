# SPDX-License-Identifier: BSD-3-Clause
"""net_af_xdp: the wire is the far end of a veth pair."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from traffic import needs
from traffic.ports.port import Ability
from traffic.ports.veth import OnVeth


@dataclass(frozen=True)
class AfXdp(OnVeth):
    """net_af_xdp: AF_XDP sockets of the primary, whose rings only the primary has mapped.

    A secondary has the sockets' descriptors since 22.03, by IPC, and reads statistics with them. Its
    bursts are those of rte_eth_dev that do nothing: "rte_eth_pkt_burst_dummy", 22.03 to 25.11.
    Before, its probe sets no burst at all (20.11), which is how net_af_packet comes to its SIGSEGV.
    Of several queues the sender's kernel chooses one, and a veth pair has one unless asked.
    """

    kind: ClassVar[str] = "net_af_xdp"
    default_iface: ClassVar[str] = "gxdp0"
    secondary_data_path: ClassVar[Ability] = Ability(
        "net_af_xdp gives a secondary no rx and tx: its bursts do nothing"
    )
    copies: ClassVar[bool] = False
    reclaims_by_sending: ClassVar[bool] = True
    reattaches: ClassVar[Ability] = Ability(
        "rte_eth_rx_queue_setup of a net_af_xdp that is attached again fails: EINVAL"
    )

    def eal_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.device},iface={self.iface},queue_count={queues}"]

    @classmethod
    def unavailable(cls, drivers: list[Path] | None = None) -> str | None:
        return super().unavailable(drivers) or needs.lacks_xdp()
