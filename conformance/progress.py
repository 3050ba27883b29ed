# SPDX-License-Identifier: BSD-3-Clause
"""Says on the terminal how far a clause is that may take long."""

from __future__ import annotations

import sys
import time

import pytest

EVERY_S = 5.0


class Progress:
    """Told how many of `wanted` are done; what: the words before that number."""

    def __init__(self, request: pytest.FixtureRequest, what: str, wanted: int) -> None:
        self._capture = request.config.pluginmanager.getplugin("capturemanager")
        self._what = what
        self._wanted = wanted
        self._begun = self._said = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._said < EVERY_S:
            return
        self._said = now
        rate = done / (now - self._begun)
        left_s = max(self._wanted - done, 0) / rate if rate else 0.0
        line = f"{self._what} {done} of {self._wanted}, {rate:.0f}/s, {left_s:.0f} s to go"
        with self._capture.global_and_fixture_disabled():
            print(line, file=sys.stderr, flush=True)
