# SPDX-License-Identifier: BSD-3-Clause
"""Proves that ci/benchmark measures a hand beside sendp, and nothing where a frame is not accounted."""

from __future__ import annotations

import pytest

from ci.costs import traffic
from targets.scene import Scene
from traffic.fast import Hand, Report


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of each."""
    monkeypatch.setattr(traffic, "FRAMES", 10_000)
    monkeypatch.setattr(traffic, "BY_SENDP", 50)


def test_each_way_is_measured_once_a_round(scene: Scene) -> None:
    figures, more, told = traffic.measure(scene, 2)
    assert all(len(figure.plain) == len(figure.other) == 2 for figure in figures)
    assert all(ratio > 1 for figure in figures for ratio in figure.ratios)
    assert more["frames"] == 20_000
    assert told.startswith("20,000 frames, 10,000 a round: 0 unaccounted.")
    scene.close()


def test_what_is_lost_is_no_measurement(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    carry = Hand.carry

    def and_more(self: Hand, flows: list[bytes], count: int, *others: float) -> Report:
        found = carry(self, flows, count, *others)  # type: ignore[arg-type]
        object.__setattr__(found, "unsent", 1)
        return found

    monkeypatch.setattr(Hand, "carry", and_more)
    with pytest.raises(RuntimeError, match="nothing is measured"):
        traffic.measure(scene, 1)
    scene.close()
