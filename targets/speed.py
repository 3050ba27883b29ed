# SPDX-License-Identifier: BSD-3-Clause
"""How fast this machine is today, and the timeouts that follow from it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence

from targets.root import Root, entering

# We ourselves keep about so many threads for each CPU ready to run.
OURS = 2


@dataclass(frozen=True)
class Speed:
    """Timeouts in seconds, from the CPU time that one process takes to start and end.

    spawn_s: CPU time of the slowest of five runs of `peer --greet` (about 15 ms on a fast core).
    contention: how many times longer the same takes on the wall clock, because others want the CPUs.
    """

    spawn_s: float
    contention: float = 1.0

    def at_this_moment(self) -> Speed:
        """The speed of this machine, as busy as it is now."""
        return replace(self, contention=contention())

    @property
    def deadline_s(self) -> float:
        """After this, what must happen is called a hang: of time in which processes can run, so however
        busy the machine is. Only ever waited for when it is one."""
        return max(10.0, 200 * self.spawn_s)

    @property
    def ample_s(self) -> float:
        """A request's timeout when everybody is going to answer."""
        return self.deadline_s / 2 * self.contention

    @property
    def patience_s(self) -> float:
        """A request's timeout when a living peer must answer in time and a silent one will not."""
        return min(max(0.5, 20 * self.spawn_s), 2.0) * self.contention

    @property
    def brief_s(self) -> float:
        """A request's timeout when nobody is going to answer."""
        return min(max(0.1, 4 * self.spawn_s), 0.5) * self.contention

    @property
    def slack_s(self) -> float:
        """A short limit: of time in which processes can run, as the deadline."""
        return max(1.0, 20 * self.spawn_s)

    @property
    def late_s(self) -> float:
        """The lateness that is allowed to DPDK on the wall clock, on this machine at this moment, in
        seconds."""
        return self.slack_s * self.contention


def contention() -> float:
    """How many threads are ready to run for each CPU, in units of what we ourselves cause; at least 1.

    Source: proc(5), /proc/loadavg: the mean of the last minute, and the number of this moment.
    """
    load, _, _, now, _ = Path("/proc/loadavg").read_text().split()
    ready = max(float(load), float(now.partition("/")[0]))
    return max(1.0, ready / (OURS * len(os.sched_getaffinity(0))))


def measure(peer: Path, root: Root | None = None, around: Sequence[str] = ()) -> Speed:
    """The CPU time of five starts of the peer binary, one after another. around: the command of a tool
    that its processes will be under."""
    slowest = 0.0
    for _ in range(5):
        argv = [*around, *entering(root), str(peer), "--greet"]
        started = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode != 0:
            raise subprocess.CalledProcessError(started.returncode, str(peer))
        slowest = max(slowest, used.ru_utime + used.ru_stime)
    return Speed(slowest)
