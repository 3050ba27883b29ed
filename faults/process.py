# SPDX-License-Identifier: BSD-3-Clause
"""Faults that act on a peer as a whole: killed, stopped, gone without a word.

The gate, that is before, inside or after a request, is where the test puts the with-block: it waits
for the event that says so.
"""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

from faults.fault import Fault
from targets.peer import Ending, Peer


class _OnPeer(Fault):
    def __init__(self, peer: Peer) -> None:
        super().__init__(peer.scene)
        self.peer = peer

    def __str__(self) -> str:
        return f"{self.name} of {self.peer.name}"


class Killed(_OnPeer):
    """SIGKILL; the peer is dead when the block begins."""

    name = "SIGKILL"

    def inject(self) -> None:
        self.peer.kill()

    def bit(self) -> bool:
        return self.peer.ending == Ending(signal=signal.SIGKILL)


class ExitedWithoutCleanup(_OnPeer):
    """_exit(0) without rte_eal_cleanup; the peer is gone when the block begins."""

    name = "exit without cleanup"

    def inject(self) -> None:
        self.peer.exit(0)

    def bit(self) -> bool:
        return self.peer.ending == Ending(code=0)


class Stopped(_OnPeer):
    """SIGSTOP while the block lasts, then SIGCONT. A peer killed meanwhile is not continued."""

    name = "SIGSTOP"

    def inject(self) -> None:
        self.peer.pause()

    def bit(self) -> bool:
        """Every thread must still be stopped at the end of the block."""
        if not self.peer.alive:
            return True
        tasks = Path(f"/proc/{self.peer.pid}/task").glob("*/stat")
        return all(task.read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)

    def heal(self) -> None:
        if self.peer.alive:
            self.peer.resume()


class NoDescriptors(_OnPeer):
    """The peer can open no descriptor while the block lasts; those it has stay."""

    name = "no descriptor left"

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._before = resource.prlimit(peer.pid, resource.RLIMIT_NOFILE)

    def inject(self) -> None:
        # The limit is on numbers, and the kernel gives out the lowest that is free.
        _, most = self._before
        self._limit(self._first_gap(), most)

    def bit(self) -> bool:
        """The limit must still be in force at the end of the block."""
        soft, _ = resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE)
        return soft == self._first_gap()

    def heal(self) -> None:
        if self.peer.alive:
            self._limit(*self._before)

    def _first_gap(self) -> int:
        taken = {int(fd) for fd in os.listdir(f"/proc/{self.peer.pid}/fd")}
        return next(fd for fd in range(len(taken) + 1) if fd not in taken)

    def _limit(self, soft: int, most: int) -> None:
        resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE, (soft, most))
