# SPDX-License-Identifier: BSD-3-Clause
"""Proves faults/schedule.py: peers take turns in the order that was said, and time passes by choice."""

from __future__ import annotations

import signal
import time
from typing import Iterator

import pytest

from faults.schedule import Decision, Order, Schedule, Switch, scheduled
from targets.outcome import Died, Hang, HarnessFault
from targets.peer import Peer
from targets.scene import Scene

# On the wall clock: many times what it takes, and far less than the timeouts that it takes the place of.
SOON_S = 20.0


@pytest.fixture
def schedule(scene: Scene) -> Iterator[Schedule]:
    """Of a primary with nobody else, which takes turns."""
    made = scheduled(scene)
    scene.primary()
    made.begin()
    made.order(Order())
    yield made
    made.end()


def _primary(scene: Scene) -> Peer:
    return scene.peers[0]


def _register_twice(
    scene: Scene, schedule: Schedule, order: Order
) -> tuple[list[int], list[Decision]]:
    """Two threads register the same name: which of them is refused."""
    schedule.order(order)
    both = [_primary(scene).tell("mp_action_register", name="ping", manner="reply") for _ in "ab"]
    rets = [one.answer().ret for one in both]
    _primary(scene).call("mp_action_unregister", name="ping")
    assert schedule.quiet() == []
    return rets, schedule.decisions


def test_order_is_the_one_that_was_said(scene: Scene, schedule: Schedule) -> None:
    by_rule, decisions = _register_twice(scene, schedule, Order())
    at = next(at for at, one in enumerate(decisions) if "primary1.thread2" in one.able)
    other = Order((Switch(at, "primary1.thread2"),))
    assert (by_rule, _register_twice(scene, schedule, other)[0]) == ([0, -1], [-1, 0])
    assert schedule.missed == 0


def test_same_order_comes_again(scene: Scene, schedule: Schedule) -> None:
    for seed in range(5):
        order = Order(seed=seed, changes=(1, 3))
        first, again = (_register_twice(scene, schedule, order) for _ in range(2))
        assert first == again


def test_switch_to_who_cannot_go_on_is_missed(scene: Scene, schedule: Schedule) -> None:
    _register_twice(scene, schedule, Order((Switch(0, "primary1.nobody"), Switch(9999, "time"))))
    assert schedule.missed == 2


def test_timeout_comes_when_nobody_else_can_go_on(scene: Scene) -> None:
    schedule = scheduled(scene)
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="silent")
    schedule.begin()
    schedule.order(Order())
    began = time.monotonic()
    asked = primary.call("mp_request_sync", name="ping", timeout=3600.0)
    assert (asked.ret, asked.rte_errno) == (-1, "ETIMEDOUT")
    assert time.monotonic() - began < SOON_S
    schedule.end()


def test_what_nobody_can_do_is_a_hang_at_once(scene: Scene, schedule: Schedule) -> None:
    began = time.monotonic()
    with pytest.raises(Hang, match="event action of primary1"):
        _primary(scene).expect("action", deadline_s=3600.0)
    assert (schedule.stuck, time.monotonic() - began < SOON_S) == ([], True)


def test_death_is_told_as_it_is(scene: Scene, schedule: Schedule) -> None:
    _primary(scene).send_signal(signal.SIGKILL)
    with pytest.raises(Died, match="primary1 died: SIGKILL"):
        _primary(scene).call("nothing")


def test_peer_that_takes_no_turns_is_named(scene: Scene) -> None:
    scene.primary()
    with pytest.raises(HarnessFault, match="primary1 takes no turns"):
        scheduled(scene).begin()


def test_order_that_is_too_long_is_refused(schedule: Schedule) -> None:
    with pytest.raises(HarnessFault, match="too many switches or changes"):
        schedule.order(Order(tuple(Switch(at, "time") for at in range(2000))))
