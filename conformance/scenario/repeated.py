# SPDX-License-Identifier: BSD-3-Clause
"""Takes the steps of a scenario after its schedule in one order after another, by the same processes as
long as they are well."""

from __future__ import annotations

import shutil
from pathlib import Path

from conformance.scenario.in_order import Deployment, Played
from conformance.scenario.steps import Relays, Scenario, Schedules, Starts, Step, Tells
from conformance.scenario.text import TextError
from conformance.verdicts.run import Run
from faults.schedule import Order, Switch
from targets.scene import Scene

#: Verbs that only set something up, with which the steps under schedule need not begin.
_SETS_UP = ("mp_action_register",)


def divided(scenario: Scenario) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps before its schedule, and those after it: those that follow the last start and what sets
    up, where it has none. TextError where that cannot be."""
    steps = scenario.steps
    for step in steps:
        if isinstance(step, Relays):
            raise TextError(
                step.line, 1, "relay", "a relay takes no turns: expected a scenario without"
            )
    at = next((i for i, step in enumerate(steps) if isinstance(step, Schedules)), None)
    if at is not None:
        return steps[:at], steps[at + 1 :]
    starts = [i for i, step in enumerate(steps) if isinstance(step, Starts)]
    first = starts[-1] + 1 if starts else 0
    while first < len(steps) and _sets_up(steps[first]):
        first += 1
    if first == len(steps):
        raise TextError(
            steps[-1].line, 1, "the end", "expected steps after the last start, to be ordered"
        )
    return steps[:first], steps[first:]


def _sets_up(step: Step) -> bool:
    return isinstance(step, Tells) and step.waits and step.verb in _SETS_UP


def in_place(text: str, first: Step, switches: tuple[Switch, ...]) -> str:
    """The text with this schedule before the step `first`, instead of its own one."""
    line = " ".join(["schedule", *map(str, switches)])
    lines = text.splitlines()
    for number, each in enumerate(lines):
        if each.split()[:1] == ["schedule"]:
            lines[number] = line
            break
    else:
        lines.insert(first.line - 1, line)
    return "\n".join(lines) + "\n"


class Repeated:
    """A scenario that is played in one order after another. A with-block.

    folder: where the scenes are; those that failed stay.  starts: how often its processes were started.
    """

    def __init__(self, run: Run, scenario: Scenario, folder: Path) -> None:
        self._run = run
        self._before, self.steps = divided(scenario)
        self._folder = folder
        self._scene: Scene | None = None
        self._deployment: Deployment | None = None
        self.starts = 0

    def __enter__(self) -> Repeated:
        return self

    def __exit__(self, kind: object, error: BaseException | None, where: object) -> None:
        self._end(error)

    def play(self, order: Order, *, fresh: bool = False) -> Played:
        """Takes the steps in this order. fresh: by new processes, whose stacks a failure notes."""
        if fresh:
            self._end(None)
        if self._deployment is None:
            self.starts += 1
            self._scene = self._run.scene(self._folder / f"{self.starts}")
            self._scene.news.notes_stacks = fresh
            try:
                self._deployment = Deployment(self._scene, self._before, self.steps)
            except BaseException as error:
                self._end(error)
                raise
        played = self._deployment.play(order)
        if played.error is not None or not self._deployment.fit:
            self._end(played.error)
        return played

    def _end(self, error: BaseException | None) -> None:
        """Ends the processes; after an error, whatever else is wrong with them is not told."""
        deployment, self._deployment = self._deployment, None
        scene, self._scene = self._scene, None
        if deployment is not None:
            deployment.__exit__()
        if scene is None:
            return
        if error is not None:
            scene.abandon(error)
            return
        scene.close()
        shutil.rmtree(scene.directory)
