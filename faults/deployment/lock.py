# SPDX-License-Identifier: BSD-3-Clause
"""A lock that keeps a second attacker away from a deployment. The lock vanishes with its holder, kill
-9 included.

It is an abstract socket in the deployment's network namespace: no file, so that DPDK's own directory
has nothing of ours in it.
"""

from __future__ import annotations

import errno
import socket
import struct

from faults.deployment.entered import Entered


class Taken(Exception):
    """Another attacker has the deployment. Its text, one line, says which one."""


class Lock:
    """Held from its making until it is closed, here and in every child that it was passed on to."""

    def __init__(self, entered: Entered) -> None:
        config = entered.deployment.config
        self._address = f"\0gauntlet-attack {config.device} {config.inode}"
        self._socket = entered.inside(socket.socket, socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(self._address)
        except OSError as error:
            self._socket.close()
            if error.errno != errno.EADDRINUSE:
                raise
            who = entered.inside(self._holder)
            raise Taken(
                f"{entered.deployment.prefix}: another faults/attack ({who}) is at it: one at a time"
            ) from None
        self._socket.listen(1)

    def _holder(self) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.setblocking(False)
            try:
                asking.connect(self._address)
                raw = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            except OSError:
                return "which is just leaving"
        return f"pid {struct.unpack('=iII', raw)[0]}"

    def close(self) -> None:
        """Lets others in."""
        self._socket.close()
