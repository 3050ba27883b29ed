# SPDX-License-Identifier: BSD-3-Clause
"""Proves that deaths are told apart, and that the published table is of every operation."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rte_ring.deaths.walk import TABLE, Walk, operations, walks

PUT = Walk("MP-MC", "enqueue_bulk", 8, "empty")
TAKE = Walk("MP-MC", "dequeue_burst", 8, "nearly empty")
FULL = Walk("MP-MC", "enqueue_bulk", 8, "nearly full")


def _death(executed: int = 0, **more: Any) -> dict[str, Any]:
    nothing = {"producers_hang": [], "consumers_hang": [], "accepted": 128, "victims": 0}
    rest = {"lost": 0, "doubled": 0, "stale": 0, "executed": executed}
    return {"at": {"file": "peer", "offset": executed}, **nothing, **rest, **more}


def _place(place: dict[str, Any]) -> str:
    return f"rte_ring.h:{100 + place['offset']}"


SPINS = [{"file": "peer", "offset": 7}]


@pytest.mark.parametrize(
    ("walk", "death", "words"),
    [
        (PUT, {}, "as if it had died before the operation"),
        (PUT, {"victims": 8}, "as if it had died after the operation"),
        (PUT, {"victims": 3, "stale": 5}, "5 stale objects come out; 3 of its 8 come out"),
        (PUT, {"victims": 8, "doubled": 1}, "1 come out twice; 8 of its 8 come out"),
        (PUT, {"lost": 2}, "2 never come out"),
        (
            PUT,
            {"producers_hang": SPINS, "accepted": 3},
            "producers hang in rte_ring.h; 3 more are accepted; 0 of its 8 come out",
        ),
        (TAKE, {"victims": 4}, "as if it had died after the operation"),
        (
            TAKE,
            {"consumers_hang": SPINS, "accepted": 0, "victims": 4, "lost": 1},
            "consumers hang in rte_ring.h; 1 never come out; 4 are gone with it",
        ),
        (FULL, {}, "nothing is changed"),
    ],
)
def test_outcome_in_words(walk: Walk, death: dict[str, Any], words: str) -> None:
    assert walk.outcome(_death(**death), _place) == words


def test_every_operation_is_walked_once() -> None:
    found = [walk for mode, operation in operations() for walk in walks(mode, operation)]
    assert len(found) == len(set(map(str, found))) == 180


@pytest.mark.parametrize("series", TABLE.all())
def test_published_table_has_every_operation(series: str) -> None:
    published = TABLE.load(tuple(map(int, series.split("."))))
    assert published is not None
    assert set(published.walks) == {str(w) for m, o in operations() for w in walks(m, o)}
