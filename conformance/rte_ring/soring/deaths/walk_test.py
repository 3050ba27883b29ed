# SPDX-License-Identifier: BSD-3-Clause
"""Proves that deaths are told apart, and that the published table is of every operation."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.deaths.range import CALL
from conformance.rte_ring.soring.deaths.walk import TABLE, State, Walk, library, walks

PUT = Walk("put", "enqueue", State(4))
TAKE = Walk("take", "dequeue", State(8, (8, 8)))
VAIN = Walk("vain", "dequeue", State(8, (8,)), moves=False)
ACQUIRE = Walk("acquire", "acquire", State(8))
RELEASE = Walk("release", "release", State(8))

SPINS = [{"file": "librte_ring.so", "offset": 7}]
STANDS = {"standing": [15, 0]}


def _death(**more: Any) -> dict[str, Any]:
    hang: dict[str, Any] = {f"{who}_hang": [] for who in ("producers", "workers", "consumers")}
    counts = dict.fromkeys(("victims", "lost", "doubled", "stale", "disordered"), 0)
    return {**hang, **counts, "standing": [0, 0], "marked": [False, False], **more}


@pytest.mark.parametrize(
    ("walk", "death", "words"),
    [
        (PUT, {}, "as if it had died before the operation"),
        (PUT, {"victims": 4}, "as if it had died after the operation"),
        (PUT, {"producers_hang": SPINS}, "producers hang; its objects do not come out"),
        (PUT, {"stale": 2, "victims": 2}, "stale objects come out; its objects come out in part"),
        (TAKE, {"victims": 4}, "as if it had died after the operation"),
        (TAKE, {"victims": 3}, "3 of its objects are moved"),
        (TAKE, {"consumers_hang": SPINS, "lost": 3}, "consumers hang"),
        (VAIN, {}, "nothing is changed"),
        (
            VAIN,
            {"marked": [False, True]},
            "the last stage stands for ever, marked as being moved on",
        ),
        (ACQUIRE, {}, "nobody else's objects are touched"),
        (ACQUIRE, STANDS, "the first stage stands for ever"),
        (RELEASE, {}, "its objects pass on"),
        (RELEASE, {"lost": 8}, "8 are lost"),
        (RELEASE, {"workers_hang": SPINS}, "workers hang"),
        (
            RELEASE,
            {"doubled": 1, "disordered": 1},
            "objects come out twice; objects come out in another order",
        ),
    ],
)
def test_outcome_in_words(walk: Walk, death: dict[str, Any], words: str) -> None:
    assert walk.outcome(_death(**death), lambda _address: CALL) == words


def test_the_library_is_named() -> None:
    assert (
        library({"file": "/usr/lib/x86_64-linux-gnu/librte_ring.so.26", "offset": 1})
        == "librte_ring"
    )
    assert library({"file": "/build/peer", "offset": 1}) == CALL
    assert library({"file": None, "offset": 1}) == CALL


def test_every_operation_is_walked_once() -> None:
    names = [str(walk) for walk in walks()]
    assert len(names) == len(set(names)) == 19


def test_published_table_has_every_operation_and_is_as_it_would_be_written() -> None:
    published = TABLE.load((25, 11))
    assert published is not None
    assert set(published.walks) == {str(walk) for walk in walks()}
    assert TABLE.text_of(published, (25, 11, 4)) == TABLE.path_of((25, 11)).read_text()
