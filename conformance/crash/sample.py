# SPDX-License-Identifier: BSD-3-Clause
"""The points of an activity that every run takes: a point of each kind of harm, the worst first."""

from __future__ import annotations

from conformance.crash.table import OR, Table
from conformance.crash.point import Point
from targets.threads import INTERRUPT_THREADS

# Of harm, and of points without effects, in each activity.
HARM = 1
FREE = 1

# What waits for a timeout of DPDK's takes longer than all the rest together.
SLOW = ("timeout", "victim: hang")

# What this thread does is done beside the others: who is first differs.
RACES = INTERRUPT_THREADS


def _severity(effects: str) -> tuple[bool, int]:
    """Deaths and hangs before all else."""
    return not ("died" in effects or "hang" in effects), -len(effects)


def sampled(points: list[Point], published: Table) -> list[Point]:
    """The first point of the worst published harm of the activity, and one without effects."""
    kinds: dict[str, Point] = {}
    free: list[Point] = []
    for point in points:
        # Calls that are not made every time may not be made this time.
        if point.k > 0 or point.thread in RACES:
            continue
        effects = published.effects(point.key, point.occurrence)
        if effects == "" and point.occurrence == 1:
            free.append(point)
        elif effects and not any(word in effects for word in (*SLOW, OR)):
            kinds.setdefault(effects, point)
    harmful = [kinds[effects] for effects in sorted(kinds, key=_severity)]
    middle = len(free) // 2
    return harmful[:HARM] + free[middle : middle + FREE]
