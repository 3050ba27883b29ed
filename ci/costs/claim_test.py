# SPDX-License-Identifier: BSD-3-Clause
"""Proves what is said of the claim where it holds, where it does not, and where nobody can tell."""

from __future__ import annotations

from ci.costs.claim import HOLDS, NEITHER, REVERSED, Relation, verdict
from conformance.rte_ring.cost import Costs


def _costs(**medians: float) -> dict[str, Costs]:
    """Three rounds of each mode, of which the second was slow for all."""
    return {
        mode.replace("_", "-"): Costs([cycles, 3 * cycles, 1.01 * cycles])
        for mode, cycles in medians.items()
    }


def test_it_holds() -> None:
    assert verdict(_costs(SP_SC=10, MP_SC=15, SP_MC=16, MP_MC=20)) == "holds"


def test_it_does_not_hold() -> None:
    said = verdict(_costs(SP_SC=10, MP_SC=15, SP_MC=8, MP_MC=20))
    assert said == "does not hold: SP-MC costs 0.80 times SP-SC"


def test_it_holds_in_part() -> None:
    said = verdict(_costs(SP_SC=10, MP_SC=15, SP_MC=16, MP_MC=15.5))
    assert said.startswith(
        "holds in part: no difference of 10 % between MP-SC and MP-MC, SP-MC and"
    )


def test_rounds_that_disagree_tell_nothing() -> None:
    assert Relation("a", "b", (0.5, 0.6, 1.5, 1.6, 1.7)).verdict == NEITHER
    assert Relation("a", "b", (1.4, 0.6, 1.5, 1.6, 1.7)).verdict == HOLDS
    assert Relation("a", "b", (0.6, 0.5, 0.4)).verdict == REVERSED
    assert Relation("a", "b", (1.2,)).verdict == HOLDS
