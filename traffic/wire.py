# SPDX-License-Identifier: BSD-3-Clause
"""A raw packet socket on an interface: sends whole batches, and receives all that others put on the
wire.

The socket is packet(7), ETH_P_ALL, so damage to an ethertype is seen as well. It never sees what
goes out on the interface, by itself or by others.
"""
from __future__ import annotations

import errno
import select
import socket
import struct
import time
from typing import NamedTuple, NoReturn, Sequence

# Not in Python's socket module: include/uapi/linux/if_packet.h, include/uapi/asm-generic/socket.h.
_SOL_PACKET = 263
_PACKET_STATISTICS = 6
_PACKET_IGNORE_OUTGOING = 23
_SO_SNDBUFFORCE = 32
_SO_RCVBUFFORCE = 33
_ETH_P_ALL = 3

_BUFFER_BYTES = 64 << 20
_LONGEST = 65536  # bytes; no interface has a larger MTU
_STATISTICS = struct.Struct("=II")  # tp_packets, tp_drops


class WireError(Exception):
    """An interface is wrong. Its text, one line, says which one, what was expected, what was found, and
    what to do."""


class Seen(NamedTuple):
    """A frame as received, and when: CLOCK_MONOTONIC ns, taken when recvfrom returned it."""

    at_ns: int
    data: bytes


class Wire:
    """The kernel's side of a port; a context manager. Use it in one thread.

    WireError on entering when the interface is not there, not up, or not allowed.
    """

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self._socket: socket.socket | None = None

    def __enter__(self) -> Wire:
        try:
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        except OSError as error:
            self._fail("opening a packet socket", error)
        try:
            self._set_up(opened)
        except BaseException:
            opened.close()
            raise
        self._socket = opened
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._socket = None

    def fileno(self) -> int:
        """The descriptor of the socket, for poll."""
        return self._open.fileno()

    def send(self, batch: Sequence[bytes]) -> list[int]:
        """Send frames in order; return for each that the kernel took when it was sent (ns).

        Shorter than `batch` when the kernel's queue is full: the rest has not been sent. Never
        blocks. WireError names the frame that was refused for another reason.
        """
        sent_ns: list[int] = []
        for data in batch:
            now_ns = time.monotonic_ns()
            try:
                self._open.send(data, socket.MSG_DONTWAIT)
            except OSError as error:
                if error.errno in (errno.EAGAIN, errno.ENOBUFS):
                    break
                self._fail(f"sending frame {len(sent_ns)} of {len(batch)}, {len(data)} B", error)
            sent_ns.append(now_ns)
        return sent_ns

    def receive(self, deadline_ns: int, most: int = 1024) -> list[Seen]:
        """Wait for a frame until `deadline_ns` (CLOCK_MONOTONIC), then take up to `most`.

        Empty at the deadline. One in the past takes what is there. Order is that of arrival.
        """
        poll = select.poll()
        poll.register(self._open, select.POLLIN)
        while True:
            remaining_ns = max(0, deadline_ns - time.monotonic_ns())
            ready = poll.poll(remaining_ns / 1e6)
            seen = self._queued(most) if ready else []
            if seen or time.monotonic_ns() >= deadline_ns:
                return seen

    def overrun(self) -> int:
        """Return how many frames found this socket's own buffer full since the last call.

        They are Gauntlet's loss, not DPDK's: an account made with any of them proves nothing.
        """
        raw = self._open.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
        return int(_STATISTICS.unpack(raw)[1])

    def _queued(self, most: int) -> list[Seen]:
        seen: list[Seen] = []
        while len(seen) < most:
            try:
                data, address = self._open.recvfrom(_LONGEST, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError as error:
                self._fail("receiving", error)
            # Kernels before 4.20 cannot be told to ignore what goes out.
            if address[2] != socket.PACKET_OUTGOING:
                seen.append(Seen(time.monotonic_ns(), data))
        return seen

    @property
    def _open(self) -> socket.socket:
        if self._socket is None:
            raise WireError(
                f"wire {self.interface!r} is closed; expected to be used inside its with-block;"
                " write `with Wire(...) as wire:`"
            )
        return self._socket

    def _set_up(self, opened: socket.socket) -> None:
        # Protocol 0 until bind: the socket hears nothing from other interfaces in between.
        _enlarge(opened, _SO_RCVBUFFORCE, socket.SO_RCVBUF)
        _enlarge(opened, _SO_SNDBUFFORCE, socket.SO_SNDBUF)
        try:
            opened.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        except OSError as error:
            if error.errno != errno.ENOPROTOOPT:
                self._fail("ignoring outgoing frames", error)
        try:
            opened.bind((self.interface, _ETH_P_ALL))
        except OSError as error:
            self._fail("binding", error)
        # Binding to an interface that is down succeeds and leaves this behind.
        pending = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if pending:
            self._fail("binding", OSError(pending, errno.errorcode[pending]))

    def _fail(self, doing: str, error: OSError) -> NoReturn:
        remedy = {
            errno.EPERM: "run as root (CAP_NET_RAW)",
            errno.ENODEV: "make it first, in this network namespace",
            errno.ENXIO: "it has gone: who owned it has ended",
            errno.ENETDOWN: "call the port's link_up() first, and keep its owner alive",
            errno.EMSGSIZE: "build shorter frames, or raise the interface's MTU",
        }.get(error.errno or 0, "see packet(7)")
        raise WireError(
            f"wire {self.interface!r}: {doing}: expected success, found"
            f" {errno.errorcode.get(error.errno or 0, '?')} ({error.strerror}); {remedy}"
        ) from error


def _enlarge(opened: socket.socket, forced: int, polite: int) -> None:
    """Raise a buffer above net.core.*mem_max where allowed; `overrun` tells if that was little."""
    try:
        opened.setsockopt(socket.SOL_SOCKET, forced, _BUFFER_BYTES)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, polite, _BUFFER_BYTES)
