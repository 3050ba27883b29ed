# SPDX-License-Identifier: BSD-3-Clause
"""Tells a guest that hangs from one whose machine is slow: by what QEMU does, not by the clock alone."""

from __future__ import annotations

from dataclasses import dataclass

from targets import threads

# A guest boots in some 10 s of processor time, and then says every 5 s that it is alive.
BUSY_S = 180.0
# Looks at QEMU, a second apart, at which no thread of it wants a processor.
IDLE_LOOKS = 90


@dataclass(frozen=True)
class Look:
    """What is seen of QEMU at one moment: the processor time of all its threads, and whether one of them
    runs, wants to, or waits for a disk."""

    cpu_s: float
    wants_cpu: bool


def look(pid: int) -> Look:
    """A look at a process; one that has just gone wants nothing."""
    return Look(threads.cpu_s(pid), bool(set(threads.states(pid)) - {"S"}))


class Progress:
    """Knows how much QEMU has done since the guest last gave a sign of life."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._idle = 0

    def alive(self, seen: Look) -> None:
        """The guest has given a sign of life."""
        self._since_s, self._idle = seen.cpu_s, 0

    def hangs(self, seen: Look) -> str | None:
        """Why no sign is to be expected any more, or None. To be called about once a second."""
        self._idle += not seen.wants_cpu
        spent_s = seen.cpu_s - self._since_s
        if spent_s > BUSY_S:
            return f"gave no sign of life in {spent_s:.0f} s of processor time"
        if self._idle > IDLE_LOOKS:
            return f"has had nothing to do for {self._idle} s, and gave no sign of life"
        return None
