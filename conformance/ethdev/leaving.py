# SPDX-License-Identifier: BSD-3-Clause
"""A process leaves: by rte_eal_cleanup and exit, by exit alone, or by SIGKILL."""

from __future__ import annotations

from faults.process import ExitedWithoutCleanup, Killed
from targets.peer import Peer

WAYS = ("cleanup", "exit", "kill")


def leave(peer: Peer, way: str) -> None:
    """Lets a process leave, one of WAYS."""
    if way == "cleanup":
        peer.stop()
    else:
        with (Killed if way == "kill" else ExitedWithoutCleanup)(peer):
            pass
