# SPDX-License-Identifier: BSD-3-Clause
"""A process killed while it sets a timer in a list that others use: who hangs then."""

from __future__ import annotations

from typing import Any

from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene

EVERY = 5  # One death a so many instructions: each has the list of another lcore.


@observed
def _deaths(peer: Peer) -> list[dict[str, Any]]:
    """What others find after each death inside rte_timer_alt_reset."""
    peer.call("timer_subsystem_init")
    told = peer.call("timer_deaths", 6 * peer.scene.speed.deadline_s, every=EVERY)
    assert told.ret > 0, f"no deaths: {told.rte_errno}"
    deaths: list[dict[str, Any]] = told.deaths
    if len(deaths) < 10:
        raise Inconclusive(f"the reset was over after {EVERY * len(deaths)} instructions")
    return deaths


def _words(death: dict[str, Any]) -> str:
    hang = [who for who in ("managers", "setters") if death[f"{who}_hang"]]
    if hang:
        return " and ".join(hang) + " hang"
    return "nothing" if death["is_free"] else "timer taken"


def test_death_inside_a_list_hangs_all(scene: Scene):
    """A process that is killed inside rte_timer_alt_reset leaves the timer taken for ever, or, where the
    process has the lock of the list, hangs all who set a timer of this list or run the list.

    Source: rte_timer.h, rte_timer_alt_reset: "-1: Timer is in the RUNNING or CONFIG state"; of death,
        nothing
    Since: 20.11   Strength: measured
    """
    deaths = _deaths(scene.primary())
    seen = [_words(death) for death in deaths]
    kinds = sorted(set(seen))
    assert (seen[0], kinds, seen[-1]) == (
        "nothing",
        ["managers and setters hang", "nothing", "timer taken"],
        "nothing",
    )
