# SPDX-License-Identifier: BSD-3-Clause
"""Which points of an activity are taken in every run: one of each kind of harm, the worst first."""

from __future__ import annotations

from conformance.crash.table import Table
from conformance.crash.walk import Point

# Of harm, and of points that cost nothing, in each activity.
HARM = 2
FREE = 1


def _severity(costs: str) -> tuple[bool, int]:
    """Deaths and hangs before all else."""
    return not ("died" in costs or "hang" in costs), -len(costs)


def sampled(points: list[Point], published: Table) -> list[Point]:
    """The first point of each published harm of the activity, and one that costs nothing."""
    kinds: dict[str, Point] = {}
    free: list[Point] = []
    for point in points:
        # Calls that are not made every time may not be made this time.
        costs = published.costs(point.key, point.occurrence) if point.k == 0 else None
        if costs:
            kinds.setdefault(costs, point)
        elif costs == "" and point.occurrence == 1:
            free.append(point)
    harmful = [kinds[costs] for costs in sorted(kinds, key=_severity)]
    middle = len(free) // 2
    return harmful[:HARM] + free[middle : middle + FREE]
