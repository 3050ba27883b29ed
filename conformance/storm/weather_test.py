# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a storm's scenarios can be read, are the same each time, and have everything in them."""

from __future__ import annotations

from typing import Any

from conformance.scenario.text import parse
from conformance.storm import weather


def test_every_scenario_can_be_read_and_ends_with_the_checklist(verbs: Any) -> None:
    for number in range(300):
        text = weather.scenario(7, number)
        assert "expect talk_" in parse(text, verbs).text.splitlines()[-1]


def test_same_seed_is_the_same_storm() -> None:
    assert weather.scenario(7, 3) == weather.scenario(7, 3)
    assert len({weather.scenario(seed, 3) for seed in range(20)}) == 20


def test_everything_happens() -> None:
    words = " ".join(weather.scenario(7, number) for number in range(300))
    for wanted in ("dies at", "stops", "continues", "calls ", "relay ", "ghost1 sends", "leaves"):
        assert wanted in words, wanted
