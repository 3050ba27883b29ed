# SPDX-License-Identifier: BSD-3-Clause
"""The sockets of a runtime directory: which has room, which is full, behind which nobody lives any more.

A socket of our own is connected to each, and sends nothing: the kernel tells at once whether somebody has
it, and whether its queue has room (unix(7), poll(2)).
"""

from __future__ import annotations

import os
import re
import select
import socket
from dataclasses import dataclass
from pathlib import Path

from targets.outcome import Unavailable
from targets.queues import bytes_waiting

_LIMIT = "/proc/sys/net/unix/max_dgram_qlen"
# What a process that is gone may leave: its socket, and its arrays of pages.
_OF_PROCESS = re.compile(r"(?:mp_socket_(\d+)_[0-9a-f]+|fbarray_[^_]+_(\d+)(?:_[0-9a-f]+)?)$")


@dataclass(frozen=True)
class Mailbox:
    """A socket as it was seen. state: "empty", "unread" (datagrams wait), "full", "dead" (nobody has
    it), "absent" (no such path), or the kernel's own word.  inode: of its file, 0 for none."""

    path: str
    state: str
    inode: int = 0


def look(path: str) -> Mailbox:
    """The socket at this path, in the mounts and network of the calling thread."""
    try:
        inode = os.stat(path).st_ino
    except OSError:
        inode = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        try:
            ours.connect(path)
        except ConnectionRefusedError:
            return Mailbox(path, "dead", inode)
        except FileNotFoundError:
            return Mailbox(path, "absent")
        except OSError as error:
            return Mailbox(path, os.strerror(error.errno or 0), inode)
        _, room, _ = select.select([], [ours], [], 0)
        if not room:
            return Mailbox(path, "full", inode)
    try:
        return Mailbox(path, "unread" if bytes_waiting(path) else "empty", inode)
    except Unavailable:
        return Mailbox(path, "has room", inode)


def limit() -> int | None:
    """How many unread datagrams a queue takes: net.unix.max_dgram_qlen of the calling thread's network,
    plus one."""
    try:
        return int(Path(_LIMIT).read_text()) + 1
    except (OSError, ValueError):
        return None


def sockets_in(runtime: str) -> list[Mailbox]:
    """Each IPC socket in a runtime directory."""
    try:
        names = sorted(os.listdir(runtime))
    except OSError:
        return []
    return [look(f"{runtime}/{name}") for name in names if name.startswith("mp_socket")]


def left_by(names: list[str]) -> set[int]:
    """The processes, by the ids that they had, that these files of a runtime directory are of."""
    found = [_OF_PROCESS.match(name) for name in names]
    return {int(one[1] or one[2]) for one in found if one is not None}


def names_in(runtime: str) -> list[str]:
    """The files of a runtime directory; none if it is gone."""
    try:
        return os.listdir(runtime)
    except OSError:
        return []
