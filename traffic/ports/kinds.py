# SPDX-License-Identifier: BSD-3-Clause
"""The port kinds that there are."""
from __future__ import annotations

from traffic.ports.af_packet import AfPacket
from traffic.ports.af_xdp import AfXdp
from traffic.ports.bonding import Bonding
from traffic.ports.memif import Memif
from traffic.ports.no_wire import Null, Ring
from traffic.ports.pcap import Pcap
from traffic.ports.pci import Pci
from traffic.ports.port import Port
from traffic.ports.tap import Tap
from traffic.ports.vhost import Vhost
from traffic.ports.virtio_user import VirtioUser

KINDS: tuple[type[Port], ...] = (
    Tap,
    AfPacket,
    Pcap,
    Pci,
    AfXdp,
    Memif,
    VirtioUser,
    Vhost,
    Bonding,
    Ring,
    Null,
)
