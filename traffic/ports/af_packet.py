# SPDX-License-Identifier: BSD-3-Clause
"""net_af_packet: the wire is the far end of a veth pair."""
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from traffic.ports.port import Ability
from traffic.ports.veth import OnVeth


@dataclass(frozen=True)
class AfPacket(OnVeth):
    """net_af_packet: memory-mapped packet sockets of the primary.

    The probe of a secondary is a TODO: "request info from primary to set up Rx and Tx", 18.11 to
    26.07, so neither functions nor mapping are there.
    """

    kind: ClassVar[str] = "net_af_packet"
    default_iface: ClassVar[str] = "gaf0"
    secondary_data_path: ClassVar[Ability] = Ability(
        "net_af_packet gives a secondary no rx and tx: its first rx is a SIGSEGV"
    )
    copies: ClassVar[bool] = False

    def eal_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.device},iface={self.iface},qpairs={queues}"]
