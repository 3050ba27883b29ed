# SPDX-License-Identifier: BSD-3-Clause
"""A deadline that runs only while the processes that are waited for could run.

A busy host is no breach: a process that is ready to run and gets no CPU, or that the kernel keeps in
uninterruptible sleep, has not had its chance. Every wait of Gauntlet uses this one rule.
"""

from __future__ import annotations

import os
import time
from typing import Callable, Iterable

from targets.outcome import TooSlow
from targets.threads import Scheduled, scheduled

# A thread that is given a CPU and gives it back at once has had its chance. Linux gives a thread about
# this much before it is another one's turn.
TURN_S = 0.003

# What comes soon costs no look. A look costs about a millisecond, so there are not many.
FIRST_LOOK_S = 0.1
LOOK_S = 0.2

# A machine that gives so little of the time that has passed can judge nothing.
MOST = 100

# Pids of the processes that are waited for: asked at every look, because processes come and go.
Pids = Callable[[], Iterable[int]]

_Look = dict[tuple[int, int], Scheduled]


def kept_waiting_s(
    before: Scheduled | None, now: Scheduled, passed_s: float, *, ours: bool
) -> float:
    """How much of the time between two looks at a thread the machine kept from that thread, in seconds.

    before: None for a thread that is new.  ours: a thread of our own process, which is ready to run at
    every look, because it looks.
    """
    if now.state == "D":
        return passed_s
    ran_s = now.ran_s - (before.ran_s if before else 0.0)
    turns = now.turns - (before.turns if before else 0)
    had_s = max(ran_s, turns * TURN_S)
    if now.state == "R" and not ours:
        return max(passed_s - had_s, 0.0)
    queued_s = now.queued_s - (before.queued_s if before else 0.0)
    return min(queued_s, max(passed_s - had_s, 0.0))


class Deadline:
    """Is over after `limit_s` seconds in which all threads of these processes could run.

    Threads that wait for something other than the machine could run. What passes before the first look
    does not count.
    """

    def __init__(self, limit_s: float, pids: Pids) -> None:
        self.limit_s = limit_s
        self.passed_s = 0.0
        self._pids = pids
        self._begun = time.monotonic()
        self._looked: tuple[float, _Look] | None = None
        self._asked = False

    def sleep_s(self) -> float:
        """How long to sleep before this is asked again, in seconds; 0 once the deadline is over.

        TooSlow if the machine gives so little that nothing can be said.
        """
        if not self._asked:
            self._asked = True
            return min(self.limit_s, FIRST_LOOK_S)
        self._look()
        left_s = self.limit_s - self.passed_s
        waited_s = time.monotonic() - self._begun
        if left_s > 0 and waited_s > MOST * self.limit_s:
            raise TooSlow(
                f"in {waited_s:.0f} s the machine gave {self.passed_s:.1f} s of the "
                f"{self.limit_s:.1f} s that are waited for"
            )
        return max(min(left_s, LOOK_S), 0.0)

    def _look(self) -> None:
        now, ours = time.monotonic(), os.getpid()
        threads = {
            (pid, thread): seen
            for pid in {*self._pids(), ours}
            for thread, seen in scheduled(pid).items()
        }
        if self._looked is not None:
            then, before = self._looked
            passed_s = now - then
            kept_s = max(
                (
                    kept_waiting_s(before.get(key), seen, passed_s, ours=key[0] == ours)
                    for key, seen in threads.items()
                ),
                default=0.0,
            )
            self.passed_s += passed_s - kept_s
        self._looked = now, threads
