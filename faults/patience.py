# SPDX-License-Identifier: BSD-3-Clause
"""Whether something that does not come is a hang, or only the machine that is slow."""

from __future__ import annotations

import time
from typing import Callable

from targets.outcome import Died
from targets.peer import Peer
from targets.threads import cpu_s

# CPU time in which a process does many times over what it is asked here; and in which it starts.
SPUN_S = 0.25
STARTED_S = {"secondary": 0.4, "primary": 0.8}

# After so many limits it is a hang, whatever the machine does.
MOST = 15


class Patience:
    """Made when a process is asked for something.

    It has had its chance if the limit is over and it has either spun for `spun_s` of CPU time, or
    waits, and so does everybody else of its scene whom it may be waiting for, and has done nothing
    since the last look.
    """

    def __init__(self, peer: Peer, limit_s: float, spun_s: float = SPUN_S) -> None:
        self.peer = peer
        self.limit_s = limit_s
        self.spun_s = spun_s
        self._begin = time.monotonic()
        self._before = {other: cpu_s(other.pid) for other in peer.scene.peers if other.alive}
        self._at_last_look = -1.0

    def _spun(self, peer: Peer) -> bool:
        return cpu_s(peer.pid) - self._before.get(peer, 0.0) > self.spun_s

    def _at_work(self, peer: Peer) -> bool:
        return peer.alive and bool(set(peer.states()) & set("RD")) and not self._spun(peer)

    @property
    def over(self) -> bool:
        """Whether it is a hang."""
        passed = time.monotonic() - self._begin
        if passed < self.limit_s:
            return False
        if passed > MOST * self.limit_s or self._spun(self.peer):
            return True
        before, self._at_last_look = self._at_last_look, self._total_s()
        if any(self._at_work(peer) for peer in self.peer.scene.peers):
            self._at_last_look = -1.0
        return self._at_last_look >= 0 and self._at_last_look == before

    def _total_s(self) -> float:
        """CPU time of all who may be waited for."""
        return sum(cpu_s(peer.pid) for peer in self.peer.scene.peers if not self._spun(peer))

    def comes(self, done: Callable[[], bool]) -> bool:
        """Waits until `done`, a look at what peers have said; False if it is a hang. Died if the
        process ends instead."""
        scene = self.peer.scene
        with scene.news:
            while not done():
                scene.raise_undeclared()
                if self.peer.ending is not None:
                    how = f"{self.peer.name} ended: {self.peer.ending}"
                    raise Died(f"{self.peer.name} does what it is asked", how)
                if self.over:
                    return False
                left = self._begin + self.limit_s - time.monotonic()
                scene.news.wait(left if left > 0 else self.limit_s / 4)
        return True
