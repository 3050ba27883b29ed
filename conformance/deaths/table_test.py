# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a table is read as it was written, and that what differs is told."""

from __future__ import annotations

import tomllib

import pytest

from conformance.deaths import table
from conformance.deaths.range import Range
from conformance.deaths.table import Table
from conformance.verdicts.published import TableError


def test_table_is_read_as_it_was_written() -> None:
    ranges = [Range(0, 22, "as if it; had", "a.h:1-2, b.h:3"), Range(23, 23, "x", "")]
    written = Table('g++ "12"', {"MP-MC enqueue": ranges})
    assert table.parse(tomllib.loads(table.body_of(written))) == written


def test_bad_row_is_refused() -> None:
    with pytest.raises(TableError, match="w: a row is 'first-last: outcome @ source'"):
        table.parse({"walk": [{"name": "w", "ranges": ["one-two: x"]}]})


def test_differences_are_seen() -> None:
    one, two = Range(0, 5, "before", "a.h:1"), Range(6, 9, "after", "a.h:2")
    moved = [Range(0, 4, "before", "a.h:1"), Range(5, 9, "after", "a.h:2")]
    assert table.difference([one, two], [one, two], True) == ""
    assert table.difference([one, two], moved, True).startswith(
        "'0-4: before @ a.h:1', '5-9: after"
    )
    assert table.difference([one, two], moved, False) == ""
    assert table.difference([one, two], [one], True) == (
        "no more ranges instead of '6-9: after @ a.h:2'"
    )
    assert table.difference([], [one] * 4, True).endswith("a.h:1', ... instead of no more ranges")
    assert "['before']" in table.difference([one, two], [one], False)


def test_another_compiler_is_noticed() -> None:
    one, moved = [Range(0, 5, "before", "a.h:1")], [Range(0, 4, "before", "a.h:1")]
    published = Table("g++ 12", {"w": one})
    assert table.differences(published, Table("g++ 14", {"w": moved})) == {}
    assert list(table.differences(published, Table("g++ 12", {"w": moved}))) == ["w"]
    assert list(table.differences(published, Table("g++ 14", {"x": moved}))) == ["x"]


def test_table_beside_another_one_has_what_differs() -> None:
    before, after, torn = (
        Range(0, 5, "before", "a:1"),
        Range(6, 9, "after", "a:2"),
        Range(6, 7, "x", ""),
    )
    whole = Table("g++ 12", {"one": [before, after], "two": [before, after]})
    other = Table("g++ 14", {"one": [Range(0, 3, "before", "b:1"), after], "two": [before, torn]})
    own = table.less(other, whole)
    assert own == Table("g++ 14", {"two": [before, torn]})
    read = table.over(own, whole)
    assert (read.walks, read.others) == (
        {"one": [before, after], "two": [before, torn]},
        {"one": "g++ 12"},
    )
    assert table.differences(read, other) == {}


def test_numbers_count_where_they_are_the_compilers_own() -> None:
    moved, ranges = [Range(0, 4, "x", "")], [Range(0, 5, "x", "")]
    read = table.over(Table("g++ 14", {"own": ranges}), Table("g++ 12", {"other": ranges}))
    seen = Table("g++ 14", {"own": moved, "other": moved})
    assert list(table.differences(read, seen)) == ["own"]
