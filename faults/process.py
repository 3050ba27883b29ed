# SPDX-License-Identifier: BSD-3-Clause
"""Faults that act on a peer as a whole: killed, stopped, gone without a word.

The gate, that is before, inside or after a request, is where the test puts the with-block: it waits
for the event that says so.
"""

from __future__ import annotations

import os
import resource
import signal

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
        return set(self.peer.states()) == {"T"}

    def heal(self) -> None:
        if self.peer.alive:
            self.peer.resume()


class FewDescriptors(_OnPeer):
    """RLIMIT_NOFILE leaves the peer room for `free` more descriptors while the block lasts."""

    name = "few descriptors"

    def __init__(self, peer: Peer, free: int) -> None:
        super().__init__(peer)
        self.free = free
        self._limit = 0
        self._before = (0, 0)

    def inject(self) -> None:
        # The limit is on numbers, of which the lowest free one is taken. Only the peer can tell which
        # that is: a thread of it that waits in accept(2) holds a number that /proc does not show.
        numbers = [self.peer.call("open", path=os.devnull).ret for _ in range(self.free + 1)]
        for number in numbers:
            self.peer.call("close", fd=number)
        self._limit = numbers[-1]
        self._before = resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE)
        limits = (self._limit, self._before[1])
        resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE, limits)

    def bit(self) -> bool:
        """The limit must stand until the end of the block, unless the peer is gone."""
        if not self.peer.alive:
            return True
        return resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE)[0] == self._limit

    def heal(self) -> None:
        if self.peer.alive and self._limit:
            resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE, self._before)
