# SPDX-License-Identifier: BSD-3-Clause
"""Proves which maps of deaths are shown, of which runs, and in which colours."""

from __future__ import annotations

import pytest

from ci.answer import deaths, states
from ci.answer.example import case, report

RINGS = "conformance/rte_ring/test_deaths.py::test_death_leaves_what_is_published[SP-SC-enqueue]"


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("as if it had died before the operation", states.HOLDS),
        ("nothing is gone", states.HOLDS),
        ("1 stale objects come out; 0 of its 1 come out", states.BROKEN),
        ("producers hang in rte_ring_hts_elem_pvt.h; 3 of its 8 come out", states.RED),
        ("stage 0 stands for ever, marked as being moved on", states.RED),
        ("getters hang; 247 are out of reach", states.RED),
    ],
)
def test_outcome_has_the_colour_of_its_worst(outcome: str, state: str) -> None:
    assert deaths.state_of(outcome) == state


def test_table_of_a_release_whose_clauses_hold_is_shown() -> None:
    [shown] = deaths.maps([report(case("holds", clause=RINGS))])
    assert (shown["name"], shown["of"]) == ("rings", ["DPDK 22.11.11"])
    [first] = [walk for walk in shown["walks"] if walk["name"] == "SP-SC enqueue_bulk of 1, empty"]
    count, state, told = first["parts"][1]
    assert (count, state) == (15, states.BROKEN)
    assert told.startswith("killed after 23 to 37 instructions: 1 stale objects come out; ")
    assert told.endswith(" @ rte_ring_elem_pvt.h:69-84")


@pytest.mark.parametrize(
    "told",
    [
        case("holds"),
        case("not run", actual="needs a peer without sanitizers", clause=RINGS),
        case("breaks", "1", clause=RINGS),
    ],
)
def test_table_that_the_run_has_not_confirmed_is_not(told: dict[str, str]) -> None:
    assert deaths.maps([report(told)]) == []


def test_two_releases_of_one_table_share_a_map() -> None:
    runs = [
        report(case("holds", clause=RINGS), called=called) for called in ("DPDK 22.11.11", "mine")
    ]
    [shown] = deaths.maps(runs)
    assert shown["of"] == ["DPDK 22.11.11", "mine"]
    assert deaths.maps([report(case("holds", clause=RINGS), release="17.02.0")]) == []
