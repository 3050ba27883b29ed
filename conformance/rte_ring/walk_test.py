# SPDX-License-Identifier: BSD-3-Clause
"""Proves that deaths are told apart, folded and compared, and that a table is read as it was written."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rte_ring import table
from conformance.rte_ring.source_line import SourceLines
from conformance.rte_ring.walk import Range, Walk, fold, lines, operations, outcome, walks

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
    assert outcome(walk, _death(**death), _place) == words


def test_equal_outcomes_are_folded() -> None:
    deaths = [_death(0), _death(1), _death(2, victims=8), _death(3, victims=8, at=None)]
    assert fold(PUT, deaths, _place) == [
        Range(0, 1, "as if it had died before the operation", "rte_ring.h:100-101"),
        Range(2, 3, "as if it had died after the operation", "rte_ring.h:102"),
    ]


def test_lines_of_several_files() -> None:
    assert lines(["a.h:3", "the call", "a.h:9", "b.h:1"]) == "a.h:3-9, the call, b.h:1"


def test_every_operation_is_walked_once() -> None:
    found = [walk for mode, operation in operations() for walk in walks(mode, operation)]
    assert len(found) == len(set(map(str, found))) == 180


def test_table_is_read_as_it_was_written() -> None:
    ranges = [Range(0, 22, "as if it; had", "a.h:1-2, b.h:3"), Range(23, 23, "x", "")]
    written = table.Table('g++ "12"', {str(PUT): ranges})
    assert table.parse(table.text_of(written, "22.11"), "t") == written


def test_bad_row_is_refused() -> None:
    with pytest.raises(
        table.TableError, match="t.toml: w: a row is 'first-last: outcome @ source'"
    ):
        table.parse('[[walk]]\nname = "w"\nranges = ["one-two: x"]\n', "t.toml")


def test_differences_are_seen() -> None:
    one, two = Range(0, 5, "before", "a.h:1"), Range(6, 9, "after", "a.h:2")
    moved = [Range(0, 4, "before", "a.h:1"), Range(5, 9, "after", "a.h:2")]
    assert table.difference([one, two], [one, two], True) == ""
    assert table.difference([one, two], moved, True).startswith("'0-4: before @ a.h:1' instead of")
    assert table.difference([one, two], moved, False) == ""
    assert table.difference([one, two], [one], True) == "1 ranges instead of 2"
    assert table.difference([], [one], True) == "1 ranges instead of 0"
    assert "['before']" in table.difference([one, two], [one], False)


def test_source_lines_come_from_debug_information() -> None:
    source = SourceLines()
    source.learn([{"file": "/usr/bin/true", "offset": 4096}])
    assert source({"file": "/usr/bin/true", "offset": 4096}) == "the call"
