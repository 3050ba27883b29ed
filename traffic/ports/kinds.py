# SPDX-License-Identifier: BSD-3-Clause
"""The port kinds that there are, and those that cannot be used, with the reason."""
from __future__ import annotations

import re

from traffic.ports.af_packet import AfPacket
from traffic.ports.af_xdp import AfXdp
from traffic.ports.memif import Memif
from traffic.ports.no_wire import Null, Ring
from traffic.ports.pcap import Pcap
from traffic.ports.port import Port
from traffic.ports.tap import Tap
from traffic.ports.vhost import Vhost
from traffic.ports.virtio_user import VirtioUser

KINDS: tuple[type[Port], ...] = (
    Tap,
    AfPacket,
    Pcap,
    AfXdp,
    Memif,
    VirtioUser,
    Vhost,
    Ring,
    Null,
)

_NOT_YET = "not supported by this version of Gauntlet"

_PCI = re.compile(r"([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]")
_PCI_KIND = "a PCI address"

OTHERS = {
    _PCI_KIND: _NOT_YET,
}


def other(name: str) -> str:
    """Return the key of OTHERS that `name` means; `name` itself when it means none."""
    return _PCI_KIND if _PCI.fullmatch(name) else name
