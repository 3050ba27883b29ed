# SPDX-License-Identifier: BSD-3-Clause
"""Proves faults/steps.py: every call is seen, the one that is meant is met, nothing else changes."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import Generator

import pytest

from conftest import PEER
from faults.helper import HelperRefused
from faults.steps import Call, CallId, DiesAtCall, Steps
from targets.outcome import HarnessFault, Inconclusive
from targets.peer import Peer
from targets.scene import Scene
from targets.threads import INTERRUPT_THREADS, IPC_THREADS


@pytest.fixture
def steps(scene: Scene) -> Generator[Steps, None, None]:
    with Steps(scene) as started:
        yield started


def _idle(peer: Peer) -> Peer:
    """Its threads all wait: what is followed from now on is what it is told next."""
    peer.call("nothing")
    peer.scene.wait_until(
        lambda: "peer-verb" not in peer.threads() and set(peer.states()) == {"S"}, "an idle peer"
    )
    return peer


def _asked(steps: Steps, peer: Peer) -> list[Call]:
    """All calls of a peer that asks."""
    steps.follow(_idle(peer).pid)
    peer.call("mp_request_sync", name="ping", timeout="ample")
    peer.scene.wait_until(steps.quiet, "a peer that is done")
    return steps.let_go()[0]


def test_calls_are_named_with_what_they_are_about_and_who_makes_them(
    scene: Scene, steps: Steps
) -> None:
    calls = _asked(steps, scene.primary())
    locks = [(c.call, c.target, c.caller) for c in calls if c.call == "flock"]
    path = "/run/dpdk/rte"
    assert locks == [
        ("flock", f"{path} LOCK_SH", "rte_mp_request_sync"),
        ("flock", f"{path} LOCK_UN", "rte_mp_request_sync"),
    ]


def test_threads_are_counted_apart(scene: Scene, steps: Steps) -> None:
    calls = _asked(steps, scene.primary())
    of_thread = [c.n for c in calls if c.thread == "peer-reader>1" and c.k == 0]
    assert of_thread == list(range(1, len(of_thread) + 1))
    seen = {c.thread for c in calls}
    assert "main" in seen and seen & {*IPC_THREADS} and seen & {*INTERRUPT_THREADS}


def test_static_function_is_not_taken_for_the_exported_one_before_it(
    scene: Scene, steps: Steps
) -> None:
    """mp_handle is static: what is on its thread's stack has no exported name at all."""
    calls = _asked(steps, scene.primary())
    waits = [c.caller for c in calls if c.thread in IPC_THREADS and c.call == "recvmsg"]
    assert waits == ["librte_eal"]


def _at_flock(steps: Steps, peer: Peer) -> CallId:
    return next(c.call_id for c in _asked(steps, peer) if c.call == "flock")


def test_killed_at_the_entry_of_its_call(scene: Scene, steps: Steps) -> None:
    peer = scene.primary()
    peer.may_end(signal=signal.SIGKILL)
    call_id = _at_flock(steps, peer)
    steps.follow(_idle(peer).pid, "kill", call_id)
    peer.forget(peer.tell("mp_request_sync", name="ping", timeout="ample"))
    peer.wait_end()
    steps.look()
    assert steps.bite is not None
    assert (steps.bite["call"], steps.bite["caller"]) == ("flock", "rte_mp_request_sync")
    assert "librte_eal: rte_mp_request_sync" in steps.bite["stack"]


def test_killed_after_its_call(scene: Scene, steps: Steps) -> None:
    """The message has gone: what is killed after sendmsg has sent it."""
    primary, peer = scene.primary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="reply")
    peer.may_end(signal=signal.SIGKILL)
    call_id = next(c.call_id for c in _asked(steps, peer) if c.call == "sendmsg")
    primary.expect("action")
    steps.follow(_idle(peer).pid, "kill after", call_id)
    peer.forget(peer.tell("mp_request_sync", name="ping", timeout="ample"))
    peer.wait_end()
    primary.expect("action")


def test_a_call_that_fails_is_not_made(scene: Scene, steps: Steps) -> None:
    peer = scene.primary()
    call_id = _at_flock(steps, peer)
    steps.follow(_idle(peer).pid, "fail", call_id, "ENOLCK")
    failed = peer.call("mp_request_sync", name="ping", timeout="ample")
    steps.let_go()
    again = peer.call("mp_request_sync", name="ping", timeout="ample")
    assert (failed.ret, failed.rte_errno, again.ret) == (-1, "ENOLCK", 0)


def test_a_call_that_never_comes_is_told(scene: Scene, steps: Steps) -> None:
    peer = scene.primary()
    steps.follow(_idle(peer).pid, "kill", CallId("peer-reader>1", "flock", 1000))
    peer.call("mp_request_sync", name="ping", timeout="ample")
    peer.scene.wait_until(steps.quiet, "a peer that is done")
    steps.let_go()
    assert (steps.bite, peer.alive) == (None, True)


def test_signals_arrive_while_it_is_followed(scene: Scene, steps: Steps) -> None:
    peer = scene.primary()
    steps.follow(peer.pid)
    peer.send_signal(signal.SIGUSR1)
    assert peer.expect("signal").signal == signal.SIGUSR1
    steps.let_go()


def test_a_stopped_process_stays_stopped_until_it_is_continued(scene: Scene, steps: Steps) -> None:
    peer = scene.primary()
    steps.follow(peer.pid)
    peer.pause()
    pending = peer.tell("nothing")
    scene.wait_until(lambda: set(peer.states()) <= set("tT"), "a stopped peer")
    answered = pending.answered
    peer.resume()
    pending.answer()
    steps.let_go()
    assert not answered


def test_whoever_was_followed_runs_on_when_steps_is_killed(scene: Scene) -> None:
    peer = scene.primary()
    steps = Steps(scene)
    steps.follow(peer.pid)
    os.kill(steps.pid, signal.SIGKILL)
    assert peer.call("mp_request_sync", name="ping", timeout="ample").ret == 0
    with pytest.raises(HarnessFault, match="the tracer ended with -9"):
        steps.close()


def test_whoever_was_followed_runs_on_when_steps_is_told_to_end(scene: Scene) -> None:
    peer = scene.primary()
    with Steps(scene) as steps:
        steps.follow(peer.pid)
    assert peer.call("mp_request_sync", name="ping", timeout="ample").ret == 0


def test_process_that_another_one_follows_is_our_fault(scene: Scene, steps: Steps) -> None:
    peer = scene.primary()
    with Steps(scene) as other:
        other.follow(peer.pid)
        with pytest.raises(HarnessFault, match="cannot be followed: Operation not permitted"):
            steps.follow(peer.pid)


def test_what_is_no_command_of_it_is_refused_by_name(steps: Steps) -> None:
    with pytest.raises(HelperRefused, match='unknown verb "sing"; the verbs are: follow, let_go'):
        steps._helper.call("sing")
    with pytest.raises(HelperRefused, match='unknown key "loud" for quiet'):
        steps._helper.call("quiet", loud=True)
    with pytest.raises(HelperRefused, match='follow needs the key "mode"'):
        steps._helper.call("follow", pid=1)
    with pytest.raises(HelperRefused, match="nobody is followed"):
        steps.quiet()


@pytest.mark.parametrize("argv", [[], ["--sing"], ["--control-fd=99"], ["--control-fd=many"]])
def test_misuse_has_the_status_of_a_misuse(argv: list[str]) -> None:
    program = PEER.parents[1] / "faults" / "steps"
    assert subprocess.run([program, *argv], capture_output=True).returncode == 2


def test_nobody_with_this_pid_is_told(scene: Scene, steps: Steps) -> None:
    with pytest.raises(HelperRefused, match="there is no process 4194304"):
        steps.follow(4194304)


def test_unknown_calls_are_refused(scene: Scene, steps: Steps) -> None:
    with pytest.raises(HelperRefused, match="unknown call sleep_well"):
        steps.follow(scene.primary().pid, "kill", CallId("main", "sleep_well"))


def test_unknown_modes_are_refused(scene: Scene, steps: Steps) -> None:
    with pytest.raises(HelperRefused, match="it is one of: fail, kill, kill after, record"):
        steps.follow(scene.primary().pid, "maim")


def test_death_at_a_call_is_a_fault_that_takes_effect_or_not(scene: Scene) -> None:
    peer, never = scene.primary(), scene.secondary()
    with DiesAtCall(peer, CallId("peer-reader>1", "sendmsg", 1)):
        peer.forget(peer.tell("mp_request_sync", name="ping", timeout="brief"))
        peer.wait_end()
    with pytest.raises(Inconclusive, match="death of secondary1 at flock 9 of main did not bite"):
        with DiesAtCall(never, CallId("main", "flock", 9)):
            never.call("nothing")
