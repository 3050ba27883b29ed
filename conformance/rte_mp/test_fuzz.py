# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams of chance: whatever bytes come, the process lives, and its IPC goes on."""

from __future__ import annotations


import pytest

from conformance.roles import both_roles
from conformance.fuzz import Fuzz
from conformance.progress import Progress
from targets.peer import Peer
from targets.scene import Scene


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
    fuzz = Fuzz(
        scene,
        start,
        wanted=wanted,
        seed=seed,
        progress=Progress(request, f"fuzz of a {role}:", wanted),
    )
    fuzz.run()
    tally = ", ".join(f"{count} {what}" for what, count in sorted(fuzz.tally.items()))
    request.node.user_properties.append(("exercised", f"seed {seed}: {tally}"))
    assert fuzz.outcome == {}, str(fuzz.worst or "")
