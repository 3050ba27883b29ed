# SPDX-License-Identifier: BSD-3-Clause
"""Whether the machine kept processes from running while a timeout of DPDK's own ran.

DPDK's timeouts run on the wall clock. On a busy machine an answer may be late though nobody was slow; a
clause that needs an answer in time can then say nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Hashable, Iterable

from targets.threads import scheduled


@dataclass(frozen=True)
class _Begun:
    at: float
    timeout_s: float
    queued_s: dict[tuple[int, int], float]


class Starvation:
    """Looks at all threads when a timeout begins and when it is over.

    pids: the processes whose threads count.  slack_s: what a machine that is not too busy may keep from a
    process without harm to a long timeout.
    """

    def __init__(self, pids: Callable[[], Iterable[int]], slack_s: float) -> None:
        self.why: str | None = None
        self._pids = pids
        self._slack_s = slack_s
        self._begun: dict[Hashable, _Begun] = {}

    def begin(self, key: Hashable, timeout_s: float) -> None:
        """DPDK is about to be given a timeout."""
        self._begun[key] = _Begun(time.monotonic(), timeout_s, self._queued_s())

    def end(self, key: Hashable, what: str) -> None:
        """Ends a timeout: its answer has come, or it is over. Does nothing if it has not begun."""
        begun = self._begun.pop(key, None)
        if begun is None:
            return
        passed_s = time.monotonic() - begun.at
        kept_s = max(
            (now - begun.queued_s.get(thread, 0.0) for thread, now in self._queued_s().items()),
            default=0.0,
        )
        if min(kept_s, passed_s) >= min(begun.timeout_s, self._slack_s) / 2:
            self.why = (
                f"the machine kept a thread from running for {min(kept_s, passed_s):.2f} s of the "
                f"{passed_s:.2f} s that {what} took, with a timeout of {begun.timeout_s:.2f} s"
            )

    def _queued_s(self) -> dict[tuple[int, int], float]:
        return {
            (pid, thread): seen.queued_s
            for pid in self._pids()
            for thread, seen in scheduled(pid).items()
        }
