# SPDX-License-Identifier: BSD-3-Clause
"""Proves that deaths inside a pool are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rte_mempool.deaths.walk import PoolWalk, driver
from conformance.deaths.range import CALL


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
    walk = PoolWalk("get of 8 from a cache of 16")
    assert walk.outcome(_death(**death), lambda _address: "a.h:1") == words


def test_the_driver_is_named_where_no_line_is_known() -> None:
    place = {"file": "/usr/lib/dpdk/pmds-23.0/librte_mempool_ring.so.23.0", "offset": 1}
    assert driver(place, CALL) == "librte_mempool_ring"
    assert driver(place, "rte_ring.h:7") == "rte_ring.h:7"
    assert driver({"file": "/build/peer", "offset": 1}, CALL) == CALL
    assert driver({"file": None, "offset": 1}, CALL) == CALL
