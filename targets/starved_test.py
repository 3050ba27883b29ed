# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a timeout during which the machine kept a thread waiting is told apart from others."""

from __future__ import annotations

import time

import pytest

from targets import starved
from targets.starved import Starvation
from targets.threads import Scheduled


@pytest.mark.parametrize(
    "queued_s, timeout_s, told",
    [
        (0.0, 0.5, False),
        (0.2, 0.5, False),
        (0.3, 0.5, True),
        (0.3, 5.0, False),
        (0.6, 5.0, True),  # More than half of what a long timeout allows.
    ],
)
def test_timeout_that_the_machine_has_eaten(
    monkeypatch: pytest.MonkeyPatch, queued_s: float, timeout_s: float, told: bool
) -> None:
    clock = iter([10.0, 19.0])
    waited = iter([1.0, 1.0 + queued_s])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(
        starved, "scheduled", lambda pid: {pid: Scheduled("S", 0.0, next(waited), 1)}
    )
    starvation = Starvation(lambda: [7], slack_s=1.0)
    starvation.begin("call", timeout_s)
    starvation.end("call", "mp_request_sync")
    assert (starvation.why is not None) is told
    if told:
        assert "mp_request_sync" in str(starvation.why)


def test_end_without_a_beginning_is_nothing() -> None:
    starvation = Starvation(lambda: [], slack_s=1.0)
    starvation.end("call", "mp_request_sync")
    assert starvation.why is None
