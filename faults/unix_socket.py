# SPDX-License-Identifier: BSD-3-Clause
"""UNIX datagram sockets of our own in a scene, and one datagram with its descriptors."""

from __future__ import annotations

import array
import os
import socket
from dataclasses import dataclass, field
from typing import Any

from faults.deployment_view import DeploymentView
from traffic.datagram import Datagram, Layout, decode

# Linux passes at most this many descriptors in one message (SCM_MAX_FD).
MOST_FDS = 253


@dataclass
class Received:
    """A datagram as it came: bytes, the sender's bound path ("" if unbound), descriptors of ours."""

    data: bytes
    sender: str
    fds: list[int] = field(default_factory=list)

    def close(self) -> None:
        """Closes the descriptors that came along."""
        for fd in self.fds:
            os.close(fd)
        self.fds = []


def receive(sock: socket.socket) -> Received:
    """Takes the next datagram, which must be there."""
    space = socket.CMSG_SPACE(MOST_FDS * array.array("i").itemsize)
    data, ancillary, _flags, sender = sock.recvmsg(65536, space)
    fds = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return Received(data, sender or "", list(fds))


def send(sock: socket.socket, data: bytes, to: str, fds: list[int] | None = None) -> None:
    """Sends one datagram to a path as this process sees it."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([data], rights, 0, to)


def bind_hidden(sock: socket.socket, address: str) -> None:
    """Binds where Isolation.bind_unseen has put us: folders are missing, and nothing must stay."""
    os.makedirs(os.path.dirname(address), exist_ok=True)
    sock.bind(address)
    os.unlink(address)


def wait_readable(view: DeploymentView, sock: socket.socket, what: str) -> None:
    """Waits for a datagram; Hang after the deadline; raises at once if a process ends undeclared."""
    view.news.wait_readable(what, sock)


def describe(layout: Layout, data: bytes, sender: str, fds: int) -> dict[str, Any]:
    """A datagram for the timeline, with so many descriptors."""
    seen: Datagram = decode(layout, data)
    return {
        "type": str(seen.type),
        "name": seen.name,
        "len_param": seen.len_param,
        "num_fds": seen.num_fds,
        "param": seen.param.hex(),
        "from": sender,
        "fds": fds,
        "malformed": seen.malformed,
    }
