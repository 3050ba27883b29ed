# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a start that is refused is told from one that is not, and by its words."""

from __future__ import annotations

from conformance.mixed.refusal import LOCKED, begins, refusal
from targets.scene import Scene


def test_refusals_are_told_apart(scene: Scene) -> None:
    first = begins(scene, "primary")
    second = begins(scene, "primary")
    third = begins(scene, "primary", "--no-such-option")
    assert [first.alive, second.alive, third.alive] == [True, False, False]
    assert [refusal(peer) for peer in (first, second, third)] == [
        "not refused",
        LOCKED,
        "other words",
    ]
    scene.close()
