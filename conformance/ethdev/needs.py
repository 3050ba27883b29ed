# SPDX-License-Identifier: BSD-3-Clause
"""What a clause needs of the port under test."""

from __future__ import annotations

from targets.outcome import Unavailable
from traffic.ports.port import Ability, Port


def need(port: Port, *abilities: Ability) -> None:
    """Unavailable, with the reason, where the port lacks one of its abilities."""
    for ability in abilities:
        if not ability:
            raise Unavailable(f"{port.kind}: {ability.why_not}")


def need_one_copy(port: Port) -> None:
    """Unavailable where a frame is received by more than one process."""
    if port.copies:
        raise Unavailable(f"{port.kind}: every process that polls gets a copy of each frame")
