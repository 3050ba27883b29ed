# SPDX-License-Identifier: BSD-3-Clause
"""Folding loses no number and stays one line."""
from __future__ import annotations


import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.ranges import fold


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
