# SPDX-License-Identifier: BSD-3-Clause
"""Numbered frames: Scapy builds and explains them, packed bytes carry them.

    offset  0  destination, source, ethertype 0x88B5 (IEEE Std 802, local experimental 1)
           14  worked   1 byte   how many processes touched the frame; outside the checksum
           15  flow     4 bytes
           19  seq      8 bytes
           27  crc      4 bytes  zlib.crc32 over flow, seq and padding
           31  padding           seq again and again, so that a frame torn between two is found

All integers are big endian. `worked` comes first so that a peer needs no more than `frame[14]++`.
"""
from __future__ import annotations

import importlib
import struct
import zlib

from scapy.fields import ByteField, IntField, LongField, StrField, XIntField
from scapy.layers.l2 import Ether
from scapy.packet import Packet, bind_layers
from scapy.utils import hexdump

from traffic.arrival import Corrupt, Frame

__all__ = [
    "Corrupt",
    "ETHERTYPE",
    "Frame",
    "Numbered",
    "WORKED_OFFSET",
    "build",
    "explain",
    "parse",
]

ETHERTYPE = 0x88B5
WORKED_OFFSET = 14

# Below 60 bytes a real port pads the frame itself, above 1514 it does not fit an MTU of 1500.
SHORTEST, LONGEST = 60, 1514

_ETHER_TYPE = struct.Struct("!H")
_NUMBERS = struct.Struct("!IQ")
_LAYOUT = struct.Struct("!BIQI")
_PADDING_OFFSET = WORKED_OFFSET + _LAYOUT.size
_CRC_AT, _CRC_END = 1 + _NUMBERS.size, _LAYOUT.size  # counted from `worked`

# Broadcast, so that no port needs promiscuous mode; the source is a locally administered address.
_DESTINATION, _SOURCE = "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:01"


class Numbered(Packet):
    """The Scapy layer; crc=None is computed when the packet is built."""

    name = "Numbered"
    fields_desc = [
        ByteField("worked", 0),
        IntField("flow", 0),
        LongField("seq", 0),
        XIntField("crc", None),
        StrField("padding", b""),
    ]

    def post_build(self, pkt: bytes, pay: bytes) -> bytes:
        if self.crc is None:
            # Over Scapy's own bytes, so that the packed frames are checked against a second hand.
            crc = zlib.crc32(pkt[_CRC_END:], zlib.crc32(pkt[1:_CRC_AT]))
            pkt = pkt[:_CRC_AT] + struct.pack("!I", crc) + pkt[_CRC_END:]
        return pkt + pay


bind_layers(Ether, Numbered, type=ETHERTYPE)


def build(flow: int, first: int, count: int, length: int = 64) -> list[bytes]:
    """Return `count` frames of `length` bytes (no FCS), numbered (flow, first) and on.

    Scapy builds the first. The rest are packed to the same layout, because Scapy takes 0.1 ms a
    frame. ValueError names what is out of range: flow 32 bits, seq 64 bits, length 60..1514.
    """
    _within("flow", flow, 0, 2**32 - 1)
    _within("count", count, 0, 2**64)
    _within("first", first, 0, 2**64 - max(count, 1))
    _within("length", length, SHORTEST, LONGEST)
    if count == 0:
        return []
    ether = Ether(dst=_DESTINATION, src=_SOURCE, type=ETHERTYPE)
    built = bytes(ether / Numbered(flow=flow, seq=first, padding=_padding(first, length)))
    header = built[:WORKED_OFFSET]
    return [built] + [header + _packed(flow, first + i, length) for i in range(1, count)]


def parse(data: bytes) -> Frame | Corrupt | None:
    """Return the Frame, or what makes it Corrupt, or None when its ethertype is not ours.

    `data` starts at the Ethernet header. None is what the kernel says of its own accord, for
    example an IPv6 router solicitation.
    """
    if not _ours(data):
        return None
    if len(data) < _PADDING_OFFSET:
        return Corrupt(f"{len(data)} bytes, expected at least {_PADDING_OFFSET}", data)
    worked, flow, seq, crc = _LAYOUT.unpack_from(data, WORKED_OFFSET)
    expected = _crc(flow, seq, data[_PADDING_OFFSET:])
    if crc != expected:
        why = f"crc {crc:#010x} in {len(data)} bytes whose crc is {expected:#010x}"
        return Corrupt(why, data, flow, seq)
    return Frame(flow, seq, worked)


def explain(data: bytes) -> str:
    """Return a line that says what `data` is, then Scapy's dissection of it. Never raises."""
    dump: str | None
    if len(data) < WORKED_OFFSET:
        dump = hexdump(data, dump=True)
    else:
        # Loaded here only: it binds IPv6, the usual stranger, and takes longer than all the rest.
        importlib.import_module("scapy.layers.inet6")
        dump = Ether(data).show(dump=True)
    return f"{_verdict(data)}\n{dump}"


def _verdict(data: bytes) -> str:
    found = parse(data)
    if isinstance(found, Frame):
        return f"flow {found.flow} seq {found.seq} worked {found.worked}, {len(data)} bytes, whole"
    if isinstance(found, Corrupt):
        return f"corrupt: {found}"
    if len(data) < WORKED_OFFSET:
        return f"not ours: {len(data)} bytes, shorter than an Ethernet header"
    return f"not ours: ethertype {_ETHER_TYPE.unpack_from(data, 12)[0]:#06x}, {len(data)} bytes"


def _ours(data: bytes) -> bool:
    return len(data) >= WORKED_OFFSET and _ETHER_TYPE.unpack_from(data, 12)[0] == ETHERTYPE


def _packed(flow: int, seq: int, length: int) -> bytes:
    padding = _padding(seq, length)
    return _LAYOUT.pack(0, flow, seq, _crc(flow, seq, padding)) + padding


def _padding(seq: int, length: int) -> bytes:
    size = length - _PADDING_OFFSET
    return (struct.pack("!Q", seq) * (size // 8 + 1))[:size]


def _crc(flow: int, seq: int, padding: bytes) -> int:
    return zlib.crc32(padding, zlib.crc32(_NUMBERS.pack(flow, seq)))


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}; expected {least}..{most}; give one in this range")
