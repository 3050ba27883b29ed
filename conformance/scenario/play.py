# SPDX-License-Identifier: BSD-3-Clause
"""Takes the steps of a scenario with real processes, and says which expectation is missed."""

from __future__ import annotations

from contextlib import ExitStack

from conformance.scenario.in_order import Deployment
from conformance.scenario.stage import Stage
from conformance.scenario.steps import MeetsCalls, Scenario, Schedules
from faults.call import breakable
from faults.schedule import Order
from targets.outcome import Breach
from targets.scene import Scene


def failure(scenario: Scenario, scene: Scene) -> Breach | None:
    """Plays a scenario and ends the scene: what was not as expected, None where all was. CannotRun,
    Inconclusive and Unavailable as from play."""
    try:
        play(scenario, scene)
        scene.close()
    except Exception as error:
        scene.abandon(error)
        if isinstance(error, Breach):
            return error
        raise
    return None


def play(scenario: Scenario, scene: Scene) -> None:
    """Takes all steps, in their order. Breach where DPDK does not do what the scenario expects.

    Those after a line with schedule are taken twice, where they can be: by the rule, and as it says.
    """
    for at, step in enumerate(scenario.steps):
        if isinstance(step, Schedules):
            with Deployment(scene, scenario.steps[:at], scenario.steps[at + 1 :]) as deployment:
                played = deployment.play(Order(step.switches))
            if played.error is not None:
                raise played.error
            return
    if any(isinstance(step, MeetsCalls) for step in scenario.steps):
        breakable(scene)
    with ExitStack() as lasting:
        stage = Stage(scene, lasting)
        for step in scenario.steps:
            stage.take_in_turn(step)
