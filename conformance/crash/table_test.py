# SPDX-License-Identifier: BSD-3-Clause
"""Proves the table: points fold into ranges, ranges are read back, and what is different is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.crash import table
from conformance.crash.table import Range, Row, Table, TableError


def _row(call: str, costs: str | None, occurrence: int = 1, thread: str = "main") -> Row:
    return Row(("activity", thread, call), occurrence, costs)


def _folded(*rows: Row) -> list[tuple[str, list[str], int]]:
    return [(one.costs, one.calls, one.points) for one in table.fold(rows)]


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
    path = tmp_path / "22.11.toml"
    path.write_text(table.dump(ranges, "22.11.11", "Killed"))
    read = table.load(path)
    assert read is not None and read.ranges == ranges


@pytest.mark.parametrize(
    "row, why",
    [
        (_row("a", "x"), None),
        (_row("a", ""), "published: x; now: costs nothing"),
        (_row("a", "y"), "published: x; now: y"),
        (_row("b", "", 3), None),
        (_row("b", "x", 3), "published: costs nothing; now: x"),
        (_row("b", "x", 2), None),
        (_row("unknown", ""), None),
        (_row("unknown", "x"), "not published, costs x"),
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


def test_release_without_a_table_has_none(tmp_path: Path) -> None:
    assert table.load(tmp_path / "20.11.toml") is None


@pytest.mark.parametrize(
    "text, why", [("[[range", "22.11.toml"), ("[[range]]\na=1", "has the keys")]
)
def test_nonsense_is_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "22.11.toml"
    path.write_text(text)
    with pytest.raises(TableError, match=why):
        table.load(path)


def test_kinds_of_fault_have_tables_of_their_own() -> None:
    assert table.path_of((22, 11, 11), "kill").name == "22.11.toml"
    assert table.path_of((22, 11, 11), "fail").name == "22.11-fail.toml"


def test_every_published_table_can_be_read() -> None:
    for path in sorted(table.HERE.glob("*.toml")):
        assert table.load(path) is not None
