# SPDX-License-Identifier: BSD-3-Clause
"""A script taken by the model alone, without peers: what unit tests look at."""

from __future__ import annotations

from conformance.model.habits import Habits
from conformance.model.outcome import Outcome
from conformance.model.script import parse
from conformance.model.world import World

PAIR = "primary1 starts; secondary1 starts;"
TRIO = "primary1 starts; secondary1 starts; secondary2 starts;"


def after(text: str, habits: Habits = Habits()) -> tuple[World, Outcome]:
    """The world after a script, and the outcome of its last step."""
    world = World(habits)
    for step in parse(text):
        outcome = world.take(step)
    return world, outcome


def lines(text: str, where: str, habits: Habits = Habits()) -> list[str]:
    """The lines that the last step allows at one place."""
    return after(text, habits)[1].said.get(where, [])
