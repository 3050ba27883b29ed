# SPDX-License-Identifier: BSD-3-Clause
"""Proves that nothing but green steps, and those that need not be run, make a whole green."""

from __future__ import annotations

import pytest

from ci.host.say import CannotRun
from ci.steps import GREEN, RED, Outcome, Skipped, closing, outcome


def raising(error: Exception) -> bool:
    raise error


@pytest.mark.parametrize(
    "run, told",
    [
        (lambda: True, "green"),
        (lambda: False, "red"),
        (lambda: raising(Skipped("no source")), "skipped: no source"),
        (lambda: raising(CannotRun("no registry")), "could not be run: no registry"),
    ],
)
def test_each_outcome_has_its_word(run: object, told: str) -> None:
    assert callable(run)
    assert str(outcome(run)) == told


NOT_RUN = Outcome("could not be run", "no registry")
SKIPPED = Outcome("skipped", "no source")


@pytest.mark.parametrize(
    "outcomes, line, status",
    [
        ({"a": GREEN, "b": GREEN}, "green: a, b", 0),
        ({"a": GREEN, "b": SKIPPED}, "green: a; skipped: b (no source)", 0),
        ({"a": GREEN, "b": RED}, "RED: b; green: a", 1),
        ({"a": NOT_RUN, "b": GREEN}, "COULD NOT BE RUN: a (no registry); green: b", 2),
        ({"a": NOT_RUN, "b": RED}, "RED: b; COULD NOT BE RUN: a (no registry)", 1),
    ],
)
def test_the_worst_step_is_the_outcome(
    outcomes: dict[str, Outcome], line: str, status: int
) -> None:
    assert closing(outcomes) == (line, status)
