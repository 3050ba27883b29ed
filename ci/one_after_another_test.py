# SPDX-License-Identifier: BSD-3-Clause
"""Proves that one run that cannot be made costs no other one, and that the one that is cut off is the
last."""

from __future__ import annotations

from typing import Any

import pytest

from ci.answer.example import report
from ci.host.say import CannotRun
from ci.one_after_another import one_after_another


def _run(outcome: Any, number: str) -> dict[str, Any]:
    if isinstance(outcome, BaseException):
        raise outcome
    return report(partial=outcome == "cut off", called=number)


@pytest.mark.parametrize(
    ("wanted", "done", "lacking"),
    [
        (["a", "b"], ["1 of 2", "2 of 2"], []),
        ([CannotRun("no"), "b"], ["2 of 2"], [0]),
        (["a", "cut off", "c"], ["1 of 3", "2 of 3"], [2]),
        ([CannotRun("no"), "cut off", "c"], ["2 of 3"], [0, 2]),
        (["a", KeyboardInterrupt(), "c"], ["1 of 3"], [1, 2]),
    ],
)
def test_what_was_run_and_what_was_not(
    wanted: list[Any], done: list[str], lacking: list[int]
) -> None:
    ran, left = one_after_another("ci/x", wanted, _run)
    assert [found["called"] for _, found in ran] == done
    assert left == [wanted[place] for place in lacking]


def test_interrupt_of_the_first_is_passed_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        one_after_another("ci/x", [KeyboardInterrupt(), "b"], _run)


def test_what_is_to_come_and_what_cannot_be_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    one_after_another("ci/x", [CannotRun("the registry is down"), "b"], _run)
    assert capsys.readouterr().out.splitlines() == [
        "ci/x: NOT RUN: the registry is down",
        "ci/x: 0 min to go",
    ]
