# SPDX-License-Identifier: BSD-3-Clause
"""rte_timer between processes: lists that all share, and whose functions run where."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.eal.locks import given_up
from conformance.roles import both_roles
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

SOON = 0  # cycles: has expired when somebody looks
LATE = 1 << 62  # never expires


def _timer(peer: Peer) -> str:
    """A timer that is initialised, in memory that all processes have."""
    tim: str = peer.call("timer_new").tim
    peer.call("timer_init", tim=tim)
    return tim


def _start(peer: Peer, tim: str, lcore: int, ticks: int = SOON) -> int:
    """Sets a timer for an lcore. The callback is a function of this process."""
    ret: int = peer.call("timer_reset", tim=tim, ticks=ticks, type="SINGLE", tim_lcore=lcore).ret
    return ret


def _started(scene: Scene) -> tuple[Peer, Peer]:
    """A primary on lcore 0 and a secondary on lcore 1 with timers."""
    primary = scene.primary()
    scene.hugepages()
    secondary = scene.secondary(lcore=1)
    for peer in (primary, secondary):
        peer.call("timer_subsystem_init")
    return primary, secondary


def _successor(scene: Scene) -> Peer:
    """A process that comes after the dead one, on its lcore, and initialises its timers."""
    peer = scene.secondary(lcore=1)
    peer.call("timer_subsystem_init")
    return peer


def test_each_runs_the_timers_of_its_own_lcore(scene: Scene):
    """Two processes with an lcore each set timers and run them: each runs its own.

    Source: rte_timer.h, rte_timer_subsystem_init: "This function must be called in every process before
        using the library"; rte_timer_manage: "browses the list of pending timers"
    Since: 20.11   Strength: must
    """
    primary, secondary = _started(scene)
    mine, theirs = _timer(primary), _timer(secondary)
    _start(primary, mine, 0)
    _start(secondary, theirs, 1)
    ran = [peer.call("timer_manage").ran for peer in (secondary, primary)]
    pending = [primary.call("timer_pending", tim=tim).ret for tim in (mine, theirs)]
    assert (ran, pending) == ([[theirs], [mine]], [0, 0])


@both_roles
def test_list_of_an_instance_is_shared(scene: Scene, role: str):
    """A timer that one process puts into a list of an instance of timer data, without a callback, is run
    by the other one with a callback of its own, once.

    Source: rte_timer.h, rte_timer_data_alloc: "in shared memory to track a set of pending timer lists";
        rte_timer_alt_reset: "can be NULL if (and only if) rte_timer_alt_manage() will be used"
    Since: 20.11   Strength: must
    """
    primary, secondary = _started(scene)
    one, other = (primary, secondary) if role == "primary" else (secondary, primary)
    data = one.call("timer_data_alloc").id
    tim, late = _timer(one), _timer(one)
    for each, ticks in ((tim, SOON), (late, LATE)):
        keys: dict[str, Any] = {"tim": each, "ticks": ticks, "type": "SINGLE", "tim_lcore": 5}
        one.call("timer_alt_reset", timer_data_id=data, **keys)
    ran = [
        peer.call("timer_alt_manage", timer_data_id=data, poll_lcore=5).ran
        for peer in (other, other, one)
    ]
    assert (ran, one.call("timer_pending", tim=late).ret) == ([[tim], [], []], 1)


TIMES = 20_000


@both_roles
def test_list_is_changed_and_run_at_once(scene: Scene, role: str):
    """While one process runs a list of an instance of timer data again and again, another one sets a
    timer of this list as often. Afterwards timers of the list are run once each, in their order, by
    either.

    Source: guide, "Timer Library": "Timers can be loaded from one core and executed on another"
    Since: 20.11   Strength: documented
    """
    primary, secondary = _started(scene)
    runner, setter = (primary, secondary) if role == "primary" else (secondary, primary)
    data = primary.call("timer_data_alloc").id
    manage: dict[str, Any] = {"timer_data_id": data, "poll_lcore": 5}
    reset = {"timer_data_id": data, "ticks": SOON, "type": "SINGLE", "tim_lcore": 5}
    again = {"verb": "timer_alt_reset", "tim": _timer(setter), **reset}
    turns = [
        runner.tell("repeat", times=TIMES, command={"verb": "timer_alt_manage", **manage}),
        setter.tell("repeat", times=TIMES, command=again),
    ]
    for turn in turns:
        turn.answer()
    runner.call("timer_alt_manage", **manage)
    timers = [_timer(peer) for peer in (runner, setter, runner)]
    for tim in timers:
        setter.call("timer_alt_reset", tim=tim, **reset)
    ran = [peer.call("timer_alt_manage", **manage).ran for peer in (runner, setter)]
    assert ran == [timers, []]


@both_roles
def test_timer_of_one_is_stopped_by_the_other(scene: Scene, role: str):
    """A pending timer that the other process stops is run by nobody.

    Source: rte_timer.h, rte_timer_stop: "the timer is not referenced anymore by the timer library"
    Since: 20.11   Strength: must
    """
    primary, secondary = _started(scene)
    one, other, lcore = (primary, secondary, 0) if role == "primary" else (secondary, primary, 1)
    stopped, kept = _timer(one), _timer(one)
    for tim in (stopped, kept):
        _start(one, tim, lcore)
    ret = other.call("timer_stop", tim=stopped).ret
    assert (ret, one.call("timer_manage").ran) == (0, [kept])


def test_timer_is_run_on_the_lcore_of_another_process(scene: Scene):
    """A timer that is set for the lcore of another process is run there.

    Source: rte_timer.h, rte_timer_reset: "the function specified by *fct* will be called with the
        argument *arg* on core *tim_lcore*"
    Since: 20.11   Strength: must
    """
    primary, secondary = _started(scene)
    before = _timer(secondary)
    _start(secondary, before, 1)
    own = secondary.call("timer_manage").ran
    tim = _timer(primary)
    set_for_it = _start(primary, tim, 1)
    assert (own, set_for_it) == ([before], 0)
    assert secondary.call("timer_manage").ran == [tim]


def test_successor_begins_without_the_timers_of_the_dead(scene: Scene):
    """A process that starts on the lcore of a dead one, and initialises the library, runs none of the
    dead one's timers.

    Source: rte_timer.h, rte_timer_subsystem_init: "Initializes internal variables (list, locks and so on)
        for the RTE timer library"
    Since: 20.11   Strength: must
    """
    _primary, victim = _started(scene)
    _start(victim, _timer(victim), 1)
    with Killed(victim):
        successor = _successor(scene)
        ran = successor.call("timer_manage").ran
    assert ran == []


def test_successor_of_one_that_stopped_its_timers(scene: Scene):
    """A process that starts on the lcore of one that was killed after it had stopped its timers sets and
    runs timers of its own.

    Source: rte_timer.h, rte_timer_subsystem_init: "must be called in every process"; rte_timer_stop
    Since: 20.11   Strength: must
    """
    _primary, victim = _started(scene)
    tim = _timer(victim)
    _start(victim, tim, 1)
    victim.call("timer_stop", tim=tim)
    with Killed(victim):
        successor = _successor(scene)
        successor.call("timer_init", tim=tim)
        own = _timer(successor)
        for each in (tim, own):
            _start(successor, each, 1)
        ran = successor.call("timer_manage").ran
    assert ran == [tim, own]


@pytest.mark.parametrize("later", ["timer_reset", "timer_manage"])
def test_successor_can_use_the_timer_of_the_dead(scene: Scene, later: str):
    """A process that starts on the lcore of a dead one initialises the timer that was the dead one's, as
    one does that finds its memory again, and sets it: its next call returns.

    Source: rte_timer.h, rte_timer_subsystem_init: "Initializes internal variables (list, locks and so
        on)"; rte_timer_init: "initializes the timer handle *tim* for use"
    Since: 20.11   Strength: must
    """
    _primary, victim = _started(scene)
    tim = _timer(victim)
    _start(victim, tim, 1, LATE)
    with Killed(victim):
        successor = _successor(scene)
        other = _timer(successor)
        successor.call("timer_init", tim=tim)
        _start(successor, tim, 1)
        keys = {"tim": other, "ticks": SOON, "type": "SINGLE", "tim_lcore": 1}
        hung = given_up(successor, {later: (later, keys if later == "timer_reset" else {})})
        successor.kill()
    assert hung == []


def test_finalising_gives_the_lists_back(scene: Scene):
    """The memory of the lists goes when the last process finalises the library, and not before.

    Source: rte_timer.h, rte_timer_subsystem_finalize: "Free timer subsystem resources"
    Since: 20.11   Strength: must
    """
    primary, secondary = _started(scene)
    seen = []
    for peer in (secondary, primary):
        peer.call("timer_subsystem_finalize")
        seen.append(primary.call("memzone_lookup", name="rte_timer_mz").ret == 0)
    assert seen == [True, False]


def test_dead_process_counts_as_a_user(scene: Scene):
    """A process that used timers and was killed counts as a user of the lists for ever: their memory
    stays when the last living process has finalised the library.

    Source: rte_timer.h, rte_timer_subsystem_finalize: "Free timer subsystem resources"; of death, nothing
    Since: 20.11   Strength: measured
    """
    primary, victim = _started(scene)
    with Killed(victim):
        primary.call("timer_subsystem_finalize")
        left = primary.call("memzone_lookup", name="rte_timer_mz").ret == 0
    assert left is True
