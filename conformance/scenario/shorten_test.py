# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scenario becomes as short as it can, that it still fails, and how chance is met."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.scenario.shorten import shorten, tries

LONG = """# Why.
promise Something.
primary1 starts --no-telemetry
secondary1 starts
secondary2 starts
secondary1 registers ping: reply
secondary2 does mp_action_register name=ping manner=hold reply_param="late"
primary1 does mp_sendmsg name=hello
asked: primary1 does mp_request_sync name=ping timeout=ample
expect asked ret=0 nb_sent=2
primary1 lives
"""


def test_only_what_is_needed_is_left() -> None:
    needed = ("primary1 starts", "secondary2 starts", "manner=hold", "mp_request_sync", "expect")

    def fails(text: str) -> bool:
        return all(word in text for word in needed)

    assert shorten(LONG, fails).splitlines() == [
        "# Why.",
        "promise Something.",
        "primary1 starts",
        "secondary2 starts",
        "secondary2 does mp_action_register name=ping manner=hold",
        "asked: primary1 does mp_request_sync",
        "expect asked",
    ]


def test_each_shorter_one_is_told_as_soon_as_it_is_found() -> None:
    told: list[str] = []
    shorten(LONG, lambda text: "expect" in text, told.append)
    assert told[-1].splitlines() == ["# Why.", "promise Something.", "expect asked"]
    assert all(len(after) <= len(before) for before, after in zip([LONG, *told], told))


@settings(deadline=None, max_examples=30)
@given(st.sets(st.integers(0, 30), min_size=1, max_size=5))
def test_any_set_of_lines_is_found(wanted: set[int]) -> None:
    lines = [f"primary1 does nothing{number:02} " for number in range(31)]

    def fails(text: str) -> bool:
        return all(lines[number].strip() in text for number in wanted)

    found = shorten("\n".join(lines) + "\n", fails)
    assert len(found.splitlines()) == len(wanted)


@pytest.mark.parametrize(
    "failed, told, wanted", [(50, 100, 7), (1, 50, 228), (10, 10, 2), (1, 999, 500)]
)
def test_seldom_failures_are_tried_more_often(failed: int, told: int, wanted: int) -> None:
    assert tries(failed, told) == wanted


def test_chance_failure_of_one_in_five_is_made_as_short_as_a_sure_one() -> None:
    dice = random.Random(5)
    most = tries(20, 100)

    def fails(text: str) -> bool:
        return "secondary2 starts" in text and any(dice.random() < 0.2 for _ in range(most))

    assert [line for line in shorten(LONG, fails).splitlines()[2:]] == ["secondary2 starts"]
