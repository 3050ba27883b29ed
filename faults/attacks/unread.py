# SPDX-License-Identifier: BSD-3-Clause
"""The datagrams that a socket has sent and that have not been read yet.

The kernel tells how much memory they take (SIOCOUTQ). What one of each size takes is measured on a pair
of sockets of our own; as they are read in order, the newest that together take so much are unread.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
from collections import deque

# More than any queue holds (net.unix.max_dgram_qlen, usually 10, on some hosts 512).
REMEMBERED = 4096


class Unread:
    """The unread datagrams of a sender, which reports each datagram that it sends."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._sent = 0
        self._newest: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        self._pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._takes: dict[int, int] = {}

    def sent(self, number: int, size: int) -> None:
        """Counts a datagram of so many bytes as sent."""
        self._sent += 1
        self._newest.append((number, size))

    def bytes(self) -> int:
        """The memory that the unread datagrams take."""
        return _unread_bytes(self._sock)

    def is_empty(self) -> bool:
        """True if all have been read, or were thrown away with their reader."""
        return self.bytes() == 0

    def count_read(self) -> tuple[int, int | None, bool]:
        """The number of datagrams that have been read, the number of the last, and whether that is
        exact."""
        left, unread = self.bytes(), 0
        newest = list(self._newest)
        while left > 0 and unread < len(newest):
            unread += 1
            left -= self._takes_of(newest[-unread][1])
        read = self._sent - unread
        last = newest[-unread - 1][0] if unread < len(newest) else None
        return read, last, left == 0

    def _takes_of(self, size: int) -> int:
        if size not in self._takes:
            here, there = self._pair
            here.send(bytes(size))
            self._takes[size] = _unread_bytes(here)
            there.recv(size + 1)
        return self._takes[size]

    def close(self) -> None:
        """Closes the sockets that it measures with."""
        for one in self._pair:
            one.close()


def _unread_bytes(sock: socket.socket) -> int:
    (taken,) = struct.unpack("=i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))
    return int(taken)
