# SPDX-License-Identifier: BSD-3-Clause
"""A pcapng file that grows by whole packets, so that what is there can be read at any time."""
from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

LINKTYPE_ETHERNET = 1

_SECTION = 0x0A0D0D0A
_INTERFACE = 1
_PACKET = 6
_BYTE_ORDER = 0x1A2B3C4D
_COMMENT = 1
_TIME_RESOLUTION = 9  # Of an interface: the number of decimal places that a time has.
_NANOSECONDS = 9


class Pcapng:
    """The file. Packets are of one link type, and each has a comment."""

    def __init__(self, path: Path, link_type: int) -> None:
        self._file: BinaryIO = path.open("wb")
        section = struct.pack("=IHHq", _BYTE_ORDER, 1, 0, -1)
        resolution = _option(_TIME_RESOLUTION, bytes([_NANOSECONDS]))
        interface = struct.pack("=HHI", link_type, 0, 0) + resolution + _option(0, b"")
        self._write(_block(_SECTION, section) + _block(_INTERFACE, interface))

    def add(self, at_ns: int, data: bytes, words: str) -> None:
        """Adds a packet. at_ns: since 1970.  words: its comment."""
        high, low = at_ns >> 32, at_ns & 0xFFFFFFFF
        head = struct.pack("=IIIII", 0, high, low, len(data), len(data))
        # Scapy 2.5 takes a comment only up to its newline, and none without one.
        comment = _option(_COMMENT, words.encode() + b"\n") + _option(0, b"")
        self._write(_block(_PACKET, head + _padded(data) + comment))

    def close(self) -> None:
        """No more packets."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("=HH", code, len(value)) + _padded(value)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("=II", kind, length) + body + struct.pack("=I", length)
