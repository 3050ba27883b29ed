# SPDX-License-Identifier: BSD-3-Clause
"""Proves that progress is said now and then, with what is left, and not at each step."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from conformance import progress
from conformance.progress import Progress


def test_progress_is_said_now_and_then(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([100.0, 104.0, 110.0, 111.0])
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    said: list[str] = []
    monkeypatch.setattr("builtins.print", lambda line, **_: said.append(line))
    tell = Progress(request, "model 1: step", 60)
    for done in (10, 20, 30):
        tell(done)
    assert said == ["model 1: step 20 of 60, 2/s, 20 s to go"]
