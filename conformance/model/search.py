# SPDX-License-Identifier: BSD-3-Clause
"""Looks for a script on which peers and model disagree, and for the shortest one that still does.

hypothesis makes lists of wishes and shortens them. What of a list is possible is known from the model
alone, before a process is started: lists that come to little cost nothing.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Callable, Iterator

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis import strategies as st

from conformance.model.driver import Driver, Timeouts
from conformance.model.habits import Habits
from conformance.model.play import Disagreement, MakeDriver, MakeScene, Play, run_script
from conformance.model.script import MANNERS, Step
from conformance.model.world import MOST_SECONDARIES, World

NAMES = ("ping", "pong")

# More often what makes the rest possible.
_KINDS = (
    ["starts"] * 5
    + ["registers"] * 12
    + ["requests"] * 12
    + ["sends"] * 4
    + ["releases"] * 5
    + ["continues", "stops"] * 2
    + ["dies", "exits", "leaves", "unregisters"]
)
ENDS = ("dies", "exits", "leaves")
_MANNERS = ["reply", "reply", "hold", "late", "late", *MANNERS]
_TIMES = [1] * 6 + [2, 12]

# A run has about as many wishes, and at least so many steps.
MEAN_WISHES = 40
LEAST_STEPS = 12

# For this long a disagreement is made shorter.
SHRINK_S = 30.0

# A search that has seen no step come to one of these has not looked.
MUST_SEE = {
    "a message delivered": ("message delivered",),
    "a request answered": ("sync answered", "async answered"),
    "a request timed out": ("sync ETIMEDOUT", "async timed out"),
    "a death": ("death",),
}

WORTH_SEEING = ("a message delivered", "a request answered")


@dataclass(frozen=True)
class Wish:
    """A step of whoever has a place: 0 is the primary's. It still means something when others go."""

    kind: str
    place: int
    name: str
    manner: str
    times: int
    is_async: bool
    more: str
    victim: int

    def steps(self, world: World) -> Iterator[Step]:
        """The steps that a draw may mean in a world: the first one that is possible counts."""
        if self.kind == "starts":
            yield _start(world, "secondary" if world.living("primary") else "primary")
            return
        if self.kind in ENDS and self.place == 0 and self.victim:
            return  # Without a primary there is little to see.
        who = self._who(world, self.place)
        if who is None:
            return
        if self.kind == "registers":
            # Rather a name that is free.
            taken = world.processes[who].actions
            for name in sorted(dict.fromkeys([self.name, *NAMES]), key=lambda each: each in taken):
                yield Step(who, self.kind, name, self.manner)
        elif self.kind == "sends":
            yield Step(who, self.kind, self._heard(world, who), times=self.times)
        elif self.kind == "requests":
            victim = self._who(world, self.victim)
            step = Step(who, self.kind, self._heard(world, who), is_async=self.is_async)
            if self.more == "patiently":
                yield replace(step, patient=True)
            elif self.more == "victim" and victim is not None:
                yield replace(step, victim=victim)
            yield step
        elif self.kind == "releases":
            yield from (Step(who, self.kind, job.action.name) for job in world.processes[who].jobs)
        else:
            yield Step(who, self.kind, self.name if self.kind == "unregisters" else "")

    def _heard(self, world: World, who: str) -> str:
        """A name, rather one that somebody else has an action for."""
        others = [p for p in world.living() if p.name != who]
        names = [n for n in NAMES if any(n in p.actions for p in others)]
        return self.name if self.name in names or not names else names[0]

    def _who(self, world: World, place: int) -> str | None:
        """The process at a place, among those with which this can be done at all."""
        there = world.living("secondary" if place else "primary")
        if self.kind == "continues":
            there = [p for p in world.living() if p.stopped]
        elif self.kind == "releases":
            there = [p for p in world.living() if p.jobs]
        place = max(place - 1, 0)
        return there[place].name if place < len(there) else None


def _start(world: World, role: str) -> Step:
    number = sum(p.role == role for p in world.processes.values()) + 1
    return Step(f"{role}{number}", "starts")


_WISH = st.builds(
    Wish,
    kind=st.sampled_from(_KINDS),
    place=st.integers(0, MOST_SECONDARIES),
    name=st.sampled_from(NAMES),
    manner=st.sampled_from(_MANNERS),
    times=st.sampled_from(_TIMES),
    is_async=st.booleans(),
    more=st.sampled_from(["", "patiently", "patiently", "victim"]),
    victim=st.integers(0, MOST_SECONDARIES),
)


@st.composite
def _wishes(draw: Any) -> list[Wish]:
    """A number of wishes whose end is drawn after each: then any of them can be left out."""
    wishes: list[Wish] = []
    one_more = st.tuples(st.integers(0, MEAN_WISHES), _WISH)
    while len(wishes) < 4 * MEAN_WISHES:
        go_on, wish = draw(one_more)
        if not go_on:
            break
        wishes.append(wish)
    return wishes


def possible(wishes: list[Wish], habits: Habits) -> tuple[list[Step], Counter[str]]:
    """The steps that wishes come to, after the start of a primary, and what these come to; what is not
    possible is left out."""
    world = World(habits)
    first = _start(world, "primary")
    tally = Counter(world.take(first).tally)
    steps = [first]
    for wish in wishes:
        for step in wish.steps(world):
            taken = world.taken(step)
            if taken is not None:
                world = taken[0]
                steps.append(step)
                tally.update(taken[1].tally)
                break
    return steps, tally


def worth_it(steps: list[Step], tally: Counter[str]) -> bool:
    """True if a run shows enough to start processes for. (Hypothesis dwells on small and similar
    runs.)"""
    seen = all(any(tally[key] for key in MUST_SEE[what]) for what in WORTH_SEEING)
    return len(steps) >= LEAST_STEPS and seen


def without(steps: list[Step], number: int) -> list[Step]:
    """Steps without one of them; without a start, also without all else of who would have started,
    and those who started after it have other numbers."""
    gone = steps[number]
    left = steps[:number] + steps[number + 1 :]
    if gone.verb != "starts":
        return left
    of_the_role = [step.who for step in steps if step.verb == "starts" and step.role == gone.role]
    left = [step for step in left if gone.who not in (step.who, step.victim)]
    names = {who: who for step in left for who in (step.who, step.victim)}
    later = of_the_role[of_the_role.index(gone.who) :]
    names.update(zip(later[1:], later))
    return [replace(s, who=names[s.who], victim=names[s.victim]) for s in left]


class Spent(BaseException):
    """The search has taken its steps or its time. No error: hypothesis, which catches those, must not."""


@dataclass
class Found:
    """confirmed: whether it was seen again when its script was run once more."""

    disagreement: Disagreement
    confirmed: bool


def _unseen(tally: Counter[str]) -> list[str]:
    return [what for what, keys in MUST_SEE.items() if not any(tally[key] for key in keys)]


class Search:
    """Takes about `steps` steps with real peers, in runs that begin anew; `seed` says which.

    progress is called after each step with their number.  shrink_s: for this long a disagreement is
    made shorter, which takes real peers too.
    """

    def __init__(
        self,
        habits: Habits,
        make_scene: MakeScene,
        timeouts: Timeouts,
        *,
        steps: int,
        seed: int,
        make_driver: MakeDriver = Driver,
        progress: Callable[[int], None] = lambda done: None,
        shrink_s: float = SHRINK_S,
    ) -> None:
        self.habits = habits
        self.make_scene = make_scene
        self.timeouts = timeouts
        self.make_driver = make_driver
        self.steps = steps
        self.seed = seed
        self.progress = progress
        self.shrink_s = shrink_s
        self.done = 0
        self.runs = 0
        self.tally: Counter[str] = Counter()
        self._first: Disagreement | None = None
        self._best: Disagreement | None = None
        self._until = 0.0
        self._found: list[Disagreement] = []
        self._agreed: set[tuple[Step, ...]] = set()

    def unseen(self) -> list[str]:
        """The events that the run must show and has not shown."""
        return _unseen(self.tally)

    def _enough(self, tally: Counter[str]) -> bool:
        """True if enough steps are taken. While an event is unseen, six times as many are."""
        return self.done >= self.steps * (6 if _unseen(tally) else 1)

    def look(self) -> Found | None:
        """Searches; what it found, as short as it could be made."""

        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=10**6,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=HealthCheck.all(),
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=Verbosity.quiet,
        )
        @hypothesis.given(_wishes())
        def run(wishes: list[Wish]) -> None:
            if self._best is not None and time.monotonic() > self._until:
                raise Spent
            self._run(*possible(wishes, self.habits))

        state = random.getstate()  # hypothesis seeds the global generator, which is not ours.
        try:
            run()
        except Spent:
            pass
        except Exception:  # Whatever hypothesis makes of it, the disagreement is what counts.
            if self._best is None:
                raise
        finally:
            random.setstate(state)
        return self._confirm() if self._best is not None else None

    def _run(self, steps: list[Step], tally: Counter[str]) -> None:
        if self._best is None:
            if self._enough(self.tally):
                raise Spent
            hypothesis.assume(worth_it(steps, tally))
        found = self._seen_before(steps)
        if found is None:
            if tuple(steps) in self._agreed:
                return
            found = self._play(steps)
            if found is None:
                self._agreed.add(tuple(steps))
                return
            self._note(found)
        raise found

    def _seen_before(self, steps: list[Step]) -> Disagreement | None:
        """A disagreement that these steps run into, as is known from another run."""
        for found in self._found:
            if steps[: len(found.steps)] == found.steps:
                return found
        return None

    def _play(self, steps: list[Step]) -> Disagreement | None:
        hurried = self._best is not None
        timeouts = self.timeouts.hurried() if hurried else self.timeouts
        try:
            with self.make_driver(self.make_scene(), timeouts) as driver:
                play = Play(driver, self.habits)
                try:
                    for step in steps:
                        play.take(step)
                        if not hurried:
                            self.done += 1
                            self.progress(self.done)
                            if self._enough(self.tally + play.tally):
                                break
                    play.finish()
                finally:
                    self.tally.update(play.tally)
                    self.runs += 1
        except Disagreement as found:
            return found
        return None

    def _note(self, found: Disagreement) -> None:
        if self._first is None:
            self._first = found
            self._until = time.monotonic() + self.shrink_s
        self._found.append(found)
        if self._best is None or len(found.steps) <= len(self._best.steps):
            self._best = found

    def _confirm(self) -> Found:
        """Runs the shortest script once more, with the timeouts of a verdict."""
        assert self._first is not None and self._best is not None
        self._leave_out_each()
        for found in (self._best, self._first):
            again = run_script(
                found.steps, self.habits, self.make_scene, self.timeouts, self.make_driver
            )
            if again is not None:
                return Found(again, True)
        return Found(self._first, False)

    def _leave_out_each(self) -> None:
        """Leaves out each single step of the shortest script that is not needed: hypothesis, which has
        an end of its own, may not have come to it."""
        assert self._best is not None
        number = len(self._best.steps)
        until = time.monotonic() + self.shrink_s
        while number > 0 and time.monotonic() < until:
            number = min(number, len(self._best.steps)) - 1
            steps = without(self._best.steps, number)
            if steps and tuple(steps) not in self._agreed:
                found = self._play(steps)
                if found is not None:
                    self._note(found)
                    number = len(self._best.steps)
