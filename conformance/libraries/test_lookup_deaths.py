# SPDX-License-Identifier: BSD-3-Clause
"""A process killed while it adds to a table or a set: who hangs then, and what is lost."""

from __future__ import annotations

from typing import Any

import pytest

from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene

# One death a so many instructions: an object is made for each, which is large where it is of rte_lpm.
EVERY = {"lpm": 61, "member": 13, "rib": 13}


@observed
def _deaths(peer: Peer, library: str) -> list[dict[str, Any]]:
    """What others find after each death inside an addition."""
    keys = {"library": library, "name": "deaths", "every": EVERY[library]}
    told = peer.call("library_deaths", 6 * peer.scene.speed.deadline_s, **keys)
    assert told.ret > 0, f"no deaths: {told.rte_errno}"
    deaths: list[dict[str, Any]] = told.deaths
    if len(deaths) < 5:
        raise Inconclusive(
            f"the addition was over after {EVERY[library] * len(deaths)} instructions"
        )
    return deaths


def _words(death: dict[str, Any]) -> str:
    """What others find after this death."""
    hang = [who for who in ("readers", "writers") if death[f"{who}_hang"]]
    if hang:
        return " and ".join(hang) + " hang"
    found = [what for what in ("lost", "wrong") if death[what]]
    return " and ".join(found) or ("nothing" if death["mended"] else "not mended")


FOUND: dict[str, list[str]] = {
    "lpm": ["not mended", "nothing"],
    "member": ["nothing"],
    "rib": ["not mended", "nothing", "writers hang"],
}


@pytest.mark.parametrize("library", list(FOUND))
def test_death_inside_an_addition(scene: Scene, library: str):
    """A process that is killed inside an addition loses nothing that was there before, and hangs no
    look-up. Others add to it, but where the nodes are a mempool inside of which the process died. What
    the dead one had half added to an LPM or a RIB stays so, also when another process adds the same.

    Source: rte_lpm.h, rte_member.h and rte_rib.h; of death, nothing
    Since: 20.11   Strength: measured
    """
    seen = [_words(death) for death in _deaths(scene.primary(), library)]
    assert sorted(set(seen)) == FOUND[library]
