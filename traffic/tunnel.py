# SPDX-License-Identifier: BSD-3-Clause
"""A tunnel to a port: numbered frames inside UDP, which a kernel spreads over the port's queues.

    offset  0  Ethernet, IPv4 without options, UDP; the source port is that of the frame's flow
           42  the numbered frame, as it is

The kernel's hash knows nothing but IP addresses and ports, so frames that are not IP all come to one
queue. Whoever receives takes a frame out of the tunnel and sends it as it is: a tap learns by which
queue a flow goes *out*, and steers it there, which would follow whoever sends (tun_flow_update).
"""
from __future__ import annotations

import struct
from functools import lru_cache
from typing import Sequence

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from traffic.frame import ETHERTYPE, WORKED_OFFSET
from traffic.link import Link
from traffic.wire import Seen

HEADER_BYTES = 14 + 20 + 8
PORT = ETHERTYPE

# Below 1024 a port means something to some kernels; the flows of a run are few.
_FIRST_PORT = 1024
FLOWS = 2**16 - _FIRST_PORT

_FLOW = struct.Struct("!I")
_PORT, _PORT_AT = struct.Struct("!H"), 14 + 20 + 2


class Tunnel:
    """A link whose frames go out inside the tunnel. What comes is passed on as it is, or, both ways,
    taken out of the tunnel first."""

    def __init__(self, link: Link, *, both_ways: bool = False) -> None:
        self._link = link
        self._both_ways = both_ways

    def send(self, batch: Sequence[bytes]) -> list[int]:
        """See Wire.send."""
        return self._link.send([wrap(frame) for frame in batch])

    def receive(self, deadline_ns: int, most: int = 1024) -> list[Seen]:
        """See Wire.receive."""
        seen = self._link.receive(deadline_ns, most)
        return [one._replace(data=unwrap(one.data)) for one in seen] if self._both_ways else seen

    def overrun(self) -> int:
        """See Wire.overrun."""
        return self._link.overrun()


def wrap(frame: bytes) -> bytes:
    """The numbered frame inside the tunnel. ValueError when its flow has no port of its own."""
    (flow,) = _FLOW.unpack_from(frame, WORKED_OFFSET + 1)
    if flow >= FLOWS:
        raise ValueError(f"flow is {flow}; expected 0..{FLOWS - 1}, one for each port; number anew")
    return _header(flow, len(frame)) + frame


def unwrap(data: bytes) -> bytes:
    """The frame inside the tunnel; what is in no tunnel as it is."""
    inside = len(data) > HEADER_BYTES and _PORT.unpack_from(data, _PORT_AT)[0] == PORT
    return data[HEADER_BYTES:] if inside else data


@lru_cache(maxsize=4096)
def _header(flow: int, length: int) -> bytes:
    ether = Ether(dst="ff:ff:ff:ff:ff:ff", src="02:00:00:00:00:01")
    # TEST-NET-1 (RFC 5737). A UDP checksum of 0 is none.
    ip = IP(src="192.0.2.1", dst="192.0.2.2")
    udp = UDP(sport=_FIRST_PORT + flow, dport=PORT, chksum=0)
    return bytes(ether / ip / udp / bytes(length))[:HEADER_BYTES]
