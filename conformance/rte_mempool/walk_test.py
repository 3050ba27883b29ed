# SPDX-License-Identifier: BSD-3-Clause
"""Proves that deaths inside a pool are told apart, and that kills that are not explained are
noticed."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rte_mempool.kills import HAND, Left, pool_for
from conformance.rte_mempool.walk import driver, outcome
from conformance.rte_ring.walk import CALL


def _death(**more: Any) -> dict[str, Any]:
    return {"getters_hang": [], "putters_hang": [], "gone": 0, "doubled": 0, **more}


SPINS = [{"file": "peer", "offset": 7}]


@pytest.mark.parametrize(
    ("death", "words"),
    [
        ({}, "nothing is gone"),
        ({"gone": 8}, "8 are gone"),
        ({"gone": 6, "doubled": 2}, "6 are gone; 2 can be had twice"),
        ({"getters_hang": SPINS, "gone": 200}, "getters hang; 200 are out of reach"),
        ({"putters_hang": SPINS, "gone": 8}, "putters hang; 8 are gone"),
    ],
)
def test_words_of_a_death(death: dict[str, Any], words: str) -> None:
    assert outcome(_death(**death)) == words


def test_the_driver_is_named_where_no_line_is_known() -> None:
    place = {"file": "/usr/lib/dpdk/pmds-23.0/librte_mempool_ring.so.23.0", "offset": 1}
    assert driver(place, CALL) == "librte_mempool_ring"
    assert driver(place, "rte_ring.h:7") == "rte_ring.h:7"
    assert driver({"file": "/build/peer", "offset": 1}, CALL) == CALL
    assert driver({"file": None, "offset": 1}, CALL) == CALL


def test_kills_are_explained_by_hands_and_caches_alone() -> None:
    out = 10 * HAND
    assert Left(4095, 10, out, out + 64, 64, 0).explained
    assert not Left(4095, 10, out + 1, out + 65, 64, 0).explained
    assert not Left(4095, 10, out, out + 65, 64, 0).explained
    assert not Left(4095, 10, out, out + 64, 64, 1).explained


def test_pool_is_large_enough_for_its_kills() -> None:
    assert pool_for(1000) - 1 > 1000 * HAND + 100 * 96


def test_what_is_left_is_told() -> None:
    told = str(Left(4095, 10, 320, 384, 64, 0))
    assert "10 killed, 32 of 4095 mbufs gone with each; 64 more idle" in told
    assert "3711 are left" in told
