# SPDX-License-Identifier: BSD-3-Clause
"""Model and peers side by side: they must agree after every step."""

from __future__ import annotations

from collections import Counter
from typing import Callable

from conformance.roles import queue_room
from conformance.model import words
from conformance.model.driver import Driver, Timeouts
from conformance.model.habits import Habits
from conformance.model.script import Step, command, show
from conformance.model.world import World
from targets.outcome import Breach, Inconclusive
from targets.scene import Scene

# Makes the scene of a run.
MakeScene = Callable[[], Scene]
# Makes the driver of a run: another one tells lies, or puts a fault between the peers.
MakeDriver = Callable[[Scene, Timeouts], Driver]


class Disagreement(Exception):
    """Peers and model differ after the last of `steps`."""

    def __init__(self, steps: list[Step], expected: str, observed: str) -> None:
        super().__init__(f"after {steps[-1]}: {expected} is {observed}")
        self.steps = steps
        self.expected = expected
        self.observed = observed

    def breach(self, note: str = "") -> Breach:
        """The disagreement as the error of a failing clause."""
        script = "\n".join("    " + line for line in show(self.steps).splitlines())
        return Breach(
            f"after the script's last step\n{self.expected}",
            self.observed,
            f"script{note}\n{script}\nagain     {command(self.steps)}",
        )


class Play:
    """A run. steps: the steps that were taken. tally: their outcomes."""

    def __init__(self, driver: Driver, habits: Habits) -> None:
        self.driver = driver
        self.world = World(habits, queue_room(driver.scene))
        self.steps: list[Step] = []
        self.tally: Counter[str] = Counter()

    def take(self, step: Step) -> bool:
        """Takes a step if it is possible here; Disagreement when the peers do something else."""
        taken = self.world.taken(step)
        if taken is None:
            return False
        after, outcome = taken
        self.steps.append(step)
        observed = self.driver.take(step, outcome, after)
        if step.verb == "starts":
            self._adopt(after, outcome.said, observed["directory"])
        difference = words.compare(outcome.said, observed)
        if difference is not None:
            raise Disagreement(list(self.steps), *difference)
        self.world = after
        self.tally.update(outcome.tally)
        return True

    def _adopt(self, world: World, expected: words.Said, seen: list[str]) -> None:
        """Takes over what a start leaves open. Where a new entry appears is the file system's business;
        that it stays there is not. rte_eal_init may broadcast, which removes dead entries."""
        missing = set(expected["directory"]) - set(seen)
        wanted = [entry for entry in expected["directory"] if entry not in missing]
        if sorted(wanted) == sorted(seen) and missing <= world.dead_entries():
            world.directory = [entry for entry in seen if entry in world.directory]
            expected["directory"] = seen

    def finish(self) -> None:
        """Releases and continues everything: it must add up."""
        while (step := self.world.way_out()) is not None:
            self.take(step)


def run_script(
    steps: list[Step],
    habits: Habits,
    make_scene: MakeScene,
    timeouts: Timeouts,
    make_driver: MakeDriver = Driver,
    *,
    whole: bool = False,
) -> Disagreement | None:
    """Runs these steps, those that are possible, and the way out; how peers and model disagree.

    whole: all must be possible, Inconclusive if one is not.
    """
    try:
        with make_driver(make_scene(), timeouts) as driver:
            play = Play(driver, habits)
            for step in steps:
                if not play.take(step) and whole:
                    raise Inconclusive(f"{step}: {play.world.refusal(step)}")
            play.finish()
    except Disagreement as found:
        return found
    return None
