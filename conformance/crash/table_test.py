# SPDX-License-Identifier: BSD-3-Clause
"""Proves the table: points fold into ranges, ranges are read back, and what is different is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.crash import table
from conformance.crash.table import Range, Row, Table
from conformance.verdicts.published import TableError


def _row(call: str, effects: str | None, occurrence: int = 1, thread: str = "main") -> Row:
    return Row(("activity", thread, call), occurrence, effects)


def _folded(*rows: Row) -> list[tuple[str, list[str], int]]:
    return [(one.effects, one.calls, one.points) for one in table.fold(rows)]


def test_neighbours_that_cost_the_same_are_one_range() -> None:
    assert _folded(_row("a", ""), _row("b", "x"), _row("c", "x"), _row("d", "")) == [
        ("", ["a"], 1),
        ("x", ["b", "c"], 2),
        ("", ["d"], 1),
    ]


def test_calls_that_always_cost_the_same_are_told_once() -> None:
    rows = [_row("a", ""), _row("a", "", 2), _row("b", "x"), _row("a", "", 3)]
    assert _folded(*rows) == [("", ["a"], 3), ("x", ["b"], 1)]


def test_calls_that_cost_now_this_now_that_are_numbered() -> None:
    rows = [_row("a", "x", 1), _row("a", "x", 2), _row("a", "", 3), _row("a", "", 4)]
    assert _folded(*rows) == [("x", ["a #1-2"], 2), ("", ["a #3-4"], 2)]


def test_threads_are_kept_apart() -> None:
    assert len(table.fold([_row("a", "x"), _row("a", "x", thread="other")])) == 2


def test_points_that_did_not_bite_are_left_out() -> None:
    assert _folded(_row("a", None), _row("b", "x")) == [("x", ["b"], 1)]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    ranges = [
        Range("act", "main", "memory: hang", ['f: open(/a "b") #1-2'], 7),
        Range("act", "t", ""),
    ]
    tables = replace(table.TABLES["kill"], folder=tmp_path)
    text = tables.publish((22, 11, 11), Table(ranges)).read_text()
    assert text.startswith("# Killed at the entry of a system call, DPDK 22.11.11: its effects")
    read = tables.load((22, 11, 11))
    assert read is not None and read.ranges == ranges


@pytest.mark.parametrize(
    "row, why",
    [
        (_row("a", "x"), None),
        (_row("a", ""), "published: x; now: no effect"),
        (_row("a", "y"), "published: x; now: y"),
        (_row("b", "", 3), None),
        (_row("b", "x", 3), "published: no effect; now: x"),
        (_row("b", "x", 2), None),
        (_row("unknown", ""), None),
        (_row("unknown", "x"), "not published: x"),
        (_row("a", None), None),
        (_row("races", "x"), None),
        (_row("races", ""), None),
        (_row("races", "y"), "published:  OR x; now: y"),
    ],
)
def test_what_is_different_is_told(row: Row, why: str | None) -> None:
    published = Table(
        [
            Range("activity", "main", "x", ["a", "b #1-2"]),
            Range("activity", "main", "", ["b #3"]),
            Range("activity", "main", " OR x", ["races"]),
        ]
    )
    assert published.difference(row) == why


def test_nonsense_is_told() -> None:
    with pytest.raises(TableError, match="has the keys"):
        table.parse({"range": [{"a": 1}]})


def test_kinds_of_fault_have_tables_of_their_own() -> None:
    names = {kind: tables.path_of((22, 11, 11)).name for kind, tables in table.TABLES.items()}
    assert names == {"kill": "22.11.toml", "fail": "22.11-fail.toml"}


@pytest.mark.parametrize("kind", table.TABLES)
def test_published_table_can_be_read_and_is_as_it_would_be_written(kind: str) -> None:
    tables = table.TABLES[kind]
    published = tables.load((22, 11))
    assert published is not None
    assert tables.text_of(published, (22, 11, 11)) == tables.path_of((22, 11)).read_text()


def test_what_two_walks_saw_is_published_as_both() -> None:
    known = Table(table.fold([_row("a", "x", 1), _row("a", "y", 2)]))
    both = known.beside(_row("a", "z", 1))
    assert both.effects == "x OR z"
    assert Table(table.fold([both])).difference(_row("a", "x", 1)) is None
    assert (
        known.beside(_row("a", None, 1)).effects == known.beside(_row("a", "x", 1)).effects == "x"
    )
    assert known.beside(_row("a", "", 2)).effects == " OR y"
    assert known.beside(_row("new", "w")).effects == "w"


def test_table_beside_another_one_has_the_calls_that_differ() -> None:
    whole = Table(table.fold([_row("a", ""), _row("b", "x"), _row("c", "x"), _row("c", "", 2)]))
    later = Table(table.fold([_row("a", ""), _row("b", "y"), _row("c", "x"), _row("c", "", 2)]))
    own = table.less(later, whole)
    assert [(one.effects, one.calls) for one in own.ranges] == [("y", ["b"])]
    read = table.over(own, whole)
    for row in (_row("a", ""), _row("b", "y"), _row("c", "x"), _row("c", "", 2)):
        assert read.difference(row) is None
    assert read.difference(_row("b", "x")) == "published: y; now: x"


def test_all_of_a_call_is_told_where_one_occurrence_differs() -> None:
    whole = Table(table.fold([_row("c", "x"), _row("c", "x", 2)]))
    later = Table(table.fold([_row("c", "x"), _row("c", "", 2)]))
    own = table.less(later, whole)
    assert [(one.effects, one.calls) for one in own.ranges] == [("x", ["c #1"]), ("", ["c #2"])]
    assert table.over(own, whole).effects(("activity", "main", "c"), 2) == ""


@pytest.mark.parametrize(
    ("effects", "is_written"),
    [("x", False), ("y OR x", False), ("z", True), ("x OR z", True), ("", True)],
)
def test_either_of_two_that_race_is_the_same(effects: str, is_written: bool) -> None:
    whole = Table(table.fold([_row("c", table.OR.join(["x", "y"]))]))
    own = table.less(Table(table.fold([_row("c", effects)])), whole)
    assert bool(own.ranges) == is_written


def test_call_that_the_other_one_has_not_made_is_written() -> None:
    assert table.less(Table(table.fold([_row("new", "")])), Table([])).ranges != []
