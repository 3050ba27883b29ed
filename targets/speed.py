# SPDX-License-Identifier: BSD-3-Clause
"""How fast this machine is today, and the timeouts that follow from it."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Speed:
    """Timeouts in seconds, from the time that one process takes to start and end.

    spawn_s: the slowest of five runs of `peer --greet` (about 15 ms on an idle core).
    """

    spawn_s: float

    @property
    def deadline_s(self) -> float:
        """After this, what must happen is called a hang. Only ever waited for when it is one."""
        return max(10.0, 200 * self.spawn_s)

    @property
    def ample_s(self) -> float:
        """A request's timeout when everybody is going to answer."""
        return self.deadline_s / 2

    @property
    def patience_s(self) -> float:
        """A request's timeout when a living peer must answer in time and a silent one will not."""
        return min(max(0.5, 20 * self.spawn_s), 2.0)

    @property
    def brief_s(self) -> float:
        """A request's timeout when nobody is going to answer."""
        return min(max(0.1, 4 * self.spawn_s), 0.5)

    @property
    def slack_s(self) -> float:
        """By how much a timeout may be late on this machine before that is DPDK's fault."""
        return max(1.0, 20 * self.spawn_s)


def measure(peer: Path) -> Speed:
    """Times five starts of the peer binary, one after another."""
    slowest = 0.0
    for _ in range(5):
        before = time.monotonic()
        subprocess.run([str(peer), "--greet"], check=True, stdout=subprocess.DEVNULL)
        slowest = max(slowest, time.monotonic() - before)
    return Speed(slowest)
