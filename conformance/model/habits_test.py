# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a model goes its release's own way where that is on record, and nowhere else."""

from __future__ import annotations

from conformance.verdicts import expected
from conformance.model.habits import Habits


def test_habits_are_what_is_on_record() -> None:
    assert Habits.of([]) == Habits()
    recorded = expected.load((22, 11, 11))
    assert Habits.of(recorded).late_reply_matches == {"primary", "secondary"}
    assert Habits.of(recorded).hides and not Habits.of(recorded).nobody_calls_back
