# SPDX-License-Identifier: BSD-3-Clause
"""A death excuses what was in hand and no more; a loop that answers does not hang."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable

import pytest

from conformance.ethdev import death
from conformance.ethdev.death import Death, hangs, works_or_waits
from conformance.ethdev.started import told
from conformance.ethdev.steering import of_each_queue
from targets.outcome import Inconclusive
from targets.threads import Scheduled
from traffic.arrival import Frame
from traffic.pump import Arrivals

PID = 7


class FakePeer:
    """A peer whose loop answers when told to stop, or never does and keeps computing."""

    name, pid = "secondary1", PID

    def __init__(self, answers: bool) -> None:
        self.loop: Any = SimpleNamespace(id=1, answered=False)
        self.scene = SimpleNamespace(speed=SimpleNamespace(brief_s=0.1), wait_until=self._wait)
        self._answers = answers
        self.looks = 0

    def call(self, verb: str, of: int) -> None:
        assert (verb, of) == ("stop", 1)
        self.loop.answered = self._answers

    def _wait(self, holds: Callable[[], bool], _: str) -> None:
        while not holds():
            self.looks += 1


@pytest.fixture
def _computes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """At each look at it a thread has used 20 ms more, or has had ten turns more."""
    ran_s, turns = request.param
    looks = iter(range(1000))

    def look(pid: int) -> dict[int, Scheduled]:
        number = next(looks)
        return {pid: Scheduled("R", number * ran_s, 0.0, number * turns)}

    monkeypatch.setattr(death, "scheduled", look)


ENOUGH = pytest.mark.parametrize("_computes", [(0.021, 1), (0.0, 11)], indirect=True)


@ENOUGH
@pytest.mark.parametrize("answers", [True, False])
def test_who_answers_does_not_hang(_computes: None, answers: bool) -> None:
    peer: Any = FakePeer(answers)
    assert hangs(peer, peer.loop) is not answers
    assert peer.looks == (0 if answers else 4)


@ENOUGH
def test_somebody_works_when_it_has_computed(_computes: None) -> None:
    peer: Any = FakePeer(False)
    works_or_waits(peer)
    assert peer.looks == 4


def _died(*held: tuple[int, int]) -> Death:
    victim: Any = SimpleNamespace(
        expect=lambda event: SimpleNamespace(numbers=[list(each) for each in held], worked=9)
    )
    found = Death(victim)
    found.wait()
    return found


def test_what_was_in_hand_may_be_missing_and_nothing_else() -> None:
    found = _died((0, 1), (5, 2))
    assert (found.held, found.worked) == ([(0, 1), (5, 2)], 9)
    sent = ((0, 0), (0, 1), (5, 2))
    left = Arrivals(sent, (), (Frame(0, 0),), ())
    assert told(left, in_order=True, may_lose=found.windows) == found.only(3)
    other = Arrivals(sent, (), (Frame(0, 1), Frame(5, 2)), ())
    assert "lost 1: flow 0 seq 0" in told(other, in_order=True, may_lose=found.windows)


def test_a_queue_with_few_flows_is_inconclusive() -> None:
    frames = tuple(Frame(flow, 0, 0x22 if flow == 5 else 0x11) for flow in range(64))

    class Pump:
        def __enter__(self) -> Any:
            return SimpleNamespace(run=lambda _: Arrivals((), (), frames, ()))

        def __exit__(self, *_: object) -> None:
            pass

    deployment: Any = SimpleNamespace(
        processes=[None, None], poll_all=int, stop=int, pump=lambda tunnel: Pump()
    )
    assert of_each_queue(deployment, 1) == [[0], [5]]
    with pytest.raises(Inconclusive, match=r"the queues get \[63, 1\]"):
        of_each_queue(deployment, 2)
