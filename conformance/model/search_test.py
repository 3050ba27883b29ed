# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a lie in the model and a fault between the peers are found, made short, and found again."""

from __future__ import annotations

from collections import Counter

import pytest

from conformance.verdicts import expected
from conformance.model import processes, script
from conformance.model.driver import Driver, Timeouts
from conformance.model.habits import Habits
from conformance.model.outcome import Outcome
from conformance.model.play import Disagreement, run_script
from conformance.model.script import Step, parse
from conformance.model.search import ENDS, Search, without
from conformance.model.words import Said
from conformance.model.world import World
from conformance.verdicts.run import greet
from conftest import PEER, MakeScene
from faults.relay import Relay, Rule
from targets.dpdk import Dpdk
from targets.outcome import Inconclusive
from targets.speed import Speed
from traffic.datagram import MpType

SHORT = (
    "primary1 starts; secondary1 starts; secondary1 registers ping: reply; primary1 requests ping"
)


@pytest.fixture
def habits() -> Habits:
    """The deviations of the release that this machine has."""
    return Habits.of(expected.load(tuple(greet(Dpdk(PEER))["version"])))


@pytest.fixture
def timeouts(measured: Speed) -> Timeouts:
    """The timeouts of a verdict."""
    return Timeouts.of(measured)


class DropsMessages(Driver):
    """Puts a relay before each secondary that loses every message named "ping"."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._relays: list[Relay] = []

    def _starts(self, step: Step, outcome: Outcome, observed: Said) -> None:
        super()._starts(step, outcome, observed)
        if step.role == "secondary":
            rule = Rule("drop", "ping", MpType.MP_MSG)
            relay = Relay(self.scene, self._path(step.who), rule)
            relay.inject()
            self._relays.append(relay)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for relay in self._relays:
            relay.heal()
        super().__exit__(kind, error, trace)


def test_script_that_agrees(make_scene: MakeScene, habits: Habits, timeouts: Timeouts) -> None:
    assert run_script(parse(SHORT), habits, make_scene, timeouts, whole=True) is None


def test_script_that_cannot_be_run_is_inconclusive(
    make_scene: MakeScene, habits: Habits, timeouts: Timeouts
) -> None:
    with pytest.raises(Inconclusive, match="secondary2 starts: the next one is secondary1"):
        steps = parse("primary1 starts; secondary2 starts")
        run_script(steps, habits, make_scene, timeouts, whole=True)


def test_lie_is_found_made_short_and_found_again(
    make_scene: MakeScene, habits: Habits, timeouts: Timeouts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes.Action, "reply_param", "a lie")
    search = Search(habits, make_scene, timeouts, steps=200, seed=3, shrink_s=10)
    found = search.look()
    assert found is not None and found.confirmed
    told = found.disagreement.breach()
    assert "a lie" in told.expected and "a lie" not in told.observed
    # How far it gets in its time is the machine's business; that it gets there, another test's.
    assert search._first is not None
    assert len(found.disagreement.steps) < len(search._first.steps)
    again = told.more.rpartition("--model-script ")[2].strip("'")
    replayed = run_script(script.parse(again), habits, make_scene, timeouts, whole=True)
    assert replayed is not None
    assert (replayed.expected, replayed.observed) == (
        told.expected.partition("\n")[2],
        told.observed,
    )


def test_lost_message_is_found(make_scene: MakeScene, habits: Habits, timeouts: Timeouts) -> None:
    steps = parse(
        "primary1 starts; secondary1 starts; secondary1 registers ping: silent; primary1 sends ping"
    )
    assert run_script(steps, habits, make_scene, timeouts) is None
    hurried = timeouts.hurried()
    found = run_script(steps, habits, make_scene, hurried, DropsMessages)
    assert found is not None
    assert found.observed == "secondary1, IPC thread: nothing"
    assert found.expected == "secondary1, IPC thread: action ping: ping m2 from mp_socket"


class LetsLive(Search):
    """Ends and stops no process: a relay before a dead or stopped one shows in other ways than by what
    it drops, as when its name moves within the directory."""

    def _run(self, steps: list[Step], tally: Counter[str]) -> None:
        rest = [s for s in steps if s.verb not in (*ENDS, "stops") and not s.victim]
        super()._run(rest, tally)


def test_lost_message_is_looked_for(
    make_scene: MakeScene, habits: Habits, timeouts: Timeouts
) -> None:
    release = tuple(greet(Dpdk(PEER))["version"])
    if not expected.has_record(release):
        pytest.skip("the model does not know this release: something else is found first")
    search = LetsLive(
        habits, make_scene, timeouts, steps=200, seed=5, make_driver=DropsMessages, shrink_s=5
    )
    found = search.look()
    assert found is not None and found.confirmed
    assert "action ping: ping" in found.disagreement.expected


def test_search_takes_its_steps_and_tells_them(
    make_scene: MakeScene, habits: Habits, timeouts: Timeouts
) -> None:
    told: list[int] = []
    search = Search(habits, make_scene, timeouts, steps=20, seed=1, progress=told.append)
    assert search.look() is None
    assert told == list(range(1, search.done + 1)) and 20 <= search.done <= 60
    assert search.unseen() == []


def test_search_that_saw_nothing_says_what() -> None:
    search = Search(Habits(), lambda: pytest.fail("no scene"), None, steps=0, seed=1)  # type: ignore
    assert search.look() is None
    assert "a death" in search.unseen() and "a request answered" in search.unseen()


class Pretends(Search):
    """Disagrees, without any peers, when a primary comes back."""

    def _play(self, steps: list[Step]) -> Disagreement | None:
        here = World(self.habits)
        for number, step in enumerate(steps, 1):
            taken = here.taken(step)
            if taken is None:
                return None
            here = taken[0]
            self.done += self._best is None
            if str(step) == "primary2 starts":
                return Disagreement(steps[:number], "one thing", "another")
        return None

    def _confirm(self):  # type: ignore
        self._leave_out_each()


def test_what_is_not_needed_is_left_out() -> None:
    search = Pretends(Habits(), None, None, steps=5000, seed=9, shrink_s=5)  # type: ignore
    search.look()
    assert search._best is not None
    assert len(search._best.steps) == 3


def test_without_a_start_the_others_are_renumbered() -> None:
    steps = parse(
        "primary1 starts; secondary1 starts; secondary2 starts; secondary1 stops;"
        "primary1 requests ping while secondary2 dies; secondary2 exits"
    )
    assert [str(step) for step in without(steps, 1)] == [
        "primary1 starts",
        "secondary1 starts",
        "primary1 requests ping while secondary1 dies",
        "secondary1 exits",
    ]
    assert without(steps, 3) == steps[:3] + steps[4:]
