# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams of chance: whatever bytes come, the process lives, and its IPC goes on."""

from __future__ import annotations

import sys
import time

import pytest

from conformance.cast import both_roles
from conformance.fuzz import Fuzz
from targets.peer import Peer
from targets.scene import Scene

PROGRESS_EVERY_S = 5.0


class _Progress:
    """Says on the terminal how far a long run is."""

    def __init__(self, request: pytest.FixtureRequest, who: str, wanted: int) -> None:
        self._capture = request.config.pluginmanager.getplugin("capturemanager")
        self._who = who
        self._wanted = wanted
        self._begun = self._said = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._said < PROGRESS_EVERY_S:
            return
        self._said = now
        rate = done / (now - self._begun)
        left_s = max(self._wanted - done, 0) / rate
        line = (
            f"fuzz of a {self._who}: {done} of {self._wanted}, {rate:.0f}/s, {left_s:.0f} s to go"
        )
        with self._capture.global_and_fixture_disabled():
            print(line, file=sys.stderr, flush=True)


# Every wait has its own end, and it may be asked to go on for hours.
@pytest.mark.timeout(0)
@both_roles
def test_datagrams_of_chance_are_survived(request, scene: Scene, role: str):
    """Whatever datagrams come, a process lives and answers the next request.

    Source: eal_common_proc.c, read_msg: "sanity-check the response"; 20.11.0 to 20.11.4 do go on
    Since: 19.05   Strength: observed
    """
    if role == "secondary":
        scene.primary()

    def start() -> Peer:
        return scene.primary() if role == "primary" else scene.secondary()

    option = request.config.option
    wanted, seed = option.fuzz_datagrams, option.fuzz_seed
    fuzz = Fuzz(scene, start, wanted=wanted, seed=seed, progress=_Progress(request, role, wanted))
    fuzz.run()
    tally = ", ".join(f"{count} {what}" for what, count in sorted(fuzz.tally.items()))
    request.node.user_properties.append(("exercised", f"seed {seed}: {tally}"))
    assert fuzz.outcome == {}, str(fuzz.worst or "")
