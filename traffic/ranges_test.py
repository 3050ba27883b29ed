# SPDX-License-Identifier: BSD-3-Clause
"""Folding loses no number and stays one line."""
from __future__ import annotations


import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.ranges import fold, ranges_of


@pytest.mark.parametrize(
    "numbers, text",
    [
        ([], "none"),
        ([(0, 7)], "flow 0 seq 7"),
        ([(0, seq) for seq in range(416, 448)], "flow 0 seq 416..447"),
        ([(0, 3), (0, 1), (0, 2), (0, 2)], "flow 0 seq 1..3"),
        ([(0, 1), (0, 3)], "flow 0 seq 1, flow 0 seq 3"),
        ([(0, 1), (1, 2)], "flow 0 seq 1, flow 1 seq 2"),
        ([(0, 2 * seq) for seq in range(8)][6:], "flow 0 seq 12, flow 0 seq 14"),
    ],
)
def test_fold(numbers: list[tuple[int, int]], text: str) -> None:
    assert fold(numbers) == text


def test_many_ranges_are_counted_not_printed() -> None:
    text = fold((0, 2 * seq) for seq in range(100))
    assert text.startswith("flow 0 seq 0, flow 0 seq 2, ")
    assert text.endswith("flow 0 seq 14, and 92 more ranges")


@given(st.sets(st.tuples(st.integers(0, 1), st.integers(0, 9)), max_size=8))
def test_unfolding_gives_the_numbers_back(numbers: set[tuple[int, int]]) -> None:
    found = set()
    for part in fold(numbers).split(", ") if numbers else []:
        _, flow, _, span = part.split(" ")
        first, _, last = span.partition("..")
        found |= {(int(flow), seq) for seq in range(int(first), int(last or first) + 1)}
    assert found == numbers


spans = st.tuples(st.integers(0, 1), st.integers(0, 9), st.integers(0, 9)).map(
    lambda span: (span[0], span[1], span[1] + span[2])
)


@given(st.lists(spans, max_size=6))
def test_ranges_are_the_sorted_numbers(found: list[tuple[int, int, int]]) -> None:
    numbers = sorted((flow, seq) for flow, a, b in found for seq in range(a, b + 1))
    ranges = ranges_of(found)
    assert (list(ranges), len(ranges)) == (numbers, len(numbers))
    assert fold(ranges) == fold(numbers)
    assert bool(ranges) is bool(numbers)


def test_ranges_are_a_sequence() -> None:
    ranges = ranges_of([(1, 5, 6), (0, 2**63, 2**63)])
    assert (ranges[0], ranges[-1], ranges[1:]) == ((0, 2**63), (1, 6), ((1, 5), (1, 6)))
    with pytest.raises(IndexError):
        ranges[3]


def test_a_million_are_folded_without_being_counted_out() -> None:
    ranges = ranges_of([(0, 0, 10**15)])
    assert len(ranges) == 10**15 + 1
    assert fold(ranges) == f"flow 0 seq 0..{10**15}"
