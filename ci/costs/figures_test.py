# SPDX-License-Identifier: BSD-3-Clause
"""Proves what ci/benchmark makes of what was measured."""

from __future__ import annotations

import pytest

from ci.costs.figures import Figure, number, table


def test_ratio_is_of_the_same_round() -> None:
    # Round 2 was slow for both: that is noise, and no ratio.
    figure = Figure("x", "us", "relay", [10, 100, 10], [15, 150, 16])
    assert figure.ratio == 1.5
    assert figure.ratios == [1.5, 1.5, 1.6]
    assert figure.as_dict()["median_other"] == 16


def test_rounds_must_be_pairs() -> None:
    for rounds in (1, 0):
        with pytest.raises(ValueError, match=f"x: {rounds} and 0 rounds"):
            Figure("x", "us", "relay", [1.0] * rounds, [])


def test_what_was_wanted_stands_beside_what_was_measured() -> None:
    text = table(
        [
            Figure("request, p50", "us", "a relay", [10, 10], [14, 16], "< 1.5"),
            Figure("datagrams", "/s", "a relay", [100_000, 90_000], [80_000, 90_000]),
            Figure("request, p50", "us", "watching", [10], [20]),
        ]
    )
    assert [" ".join(line.split()) for line in text.splitlines()] == [
        "a relay without with ratio rounds wanted",
        "request, p50 10.0 us 15.0 us 1.50 1.40-1.60 < 1.5",
        "datagrams 95,000 /s 85,000 /s 0.90 0.80-1.00",
        "",
        "watching without with ratio rounds wanted",
        "request, p50 10.0 us 20.0 us 2.00 2.00-2.00",
    ]


def test_numbers_have_digits_that_say_something() -> None:
    assert [number(value) for value in (1.234, 999.94, 81323.9)] == ["1.2", "999.9", "81,324"]
