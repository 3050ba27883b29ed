# SPDX-License-Identifier: BSD-3-Clause
"""rte_mp_request_async, unanswered: when the timeout is over, what the callback gets, and how often."""

import pytest

from conformance.roles import both_roles, fill_queue, pair, settle
from conformance.rte_mp.callbacks import callbacks_by_the_end_of_another, outcome
from faults.ghost import Ghost
from faults.process import Stopped
from targets.outcome import Inconclusive
from targets.protocol import Facts
from targets.scene import Scene
from targets.threads import INTERRUPT_THREADS, IPC_THREADS


def _after_s(answer: Facts, done: Facts) -> float:
    """How long after a call was begun its callback ran: DPDK's clock starts within the call."""
    return (done.at - answer.called_at) / 1e9


@both_roles
def test_silence_runs_the_callback(scene: Scene, role: str):
    """Without an answer the callback runs after the timeout, with 1 sent and nothing received.

    Source: guide, "Sending requests": called "when the request either has timed out"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="silent")
    before = responder.greeting.at
    told = requester.tell("mp_request_async", name="ping", timeout="brief")
    assert told.answer().ret == 0
    done = requester.expect("async_reply")
    late_s = _after_s(told.answer(), done) - scene.speed.brief_s
    assert (before < done.at, outcome(done)) == (True, (1, 0, []))
    assert -0.01 < late_s < scene.speed.late_s


@both_roles
@pytest.mark.parametrize("timeout", [{"sec": 1, "nsec": 0}, {"sec": 0, "nsec": 1_200_000_000}])
def test_timeout_is_kept(scene: Scene, role: str, timeout: dict):
    """The callback of an unanswered request runs when its timeout is over, not earlier.

    Source: rte_eal.h, rte_mp_request_async: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: must
    """
    requester, _ = pair(scene, role)
    answer = requester.call("mp_request_async", name="unknown", timeout=timeout)
    done = requester.expect("async_reply")
    late_s = _after_s(answer, done) - timeout["sec"] - timeout["nsec"] / 1e9
    assert -0.01 < late_s < scene.speed.late_s


def test_partial_answers_are_kept(scene: Scene):
    """When one of two peers does not answer, the callback gets the other's reply: 2 sent, 1 received.

    Source: guide, "Misc considerations": nb_sent and nb_received "will not have matching values"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene, "a") as answers, Ghost(scene, "b") as silent:
        primary.call("mp_request_async", name="ping", timeout="patience")
        answers.reply(answers.expect("ping"), b"here")
        silent.expect("ping")
        done = primary.expect("async_reply")
    assert outcome(done) == (2, 1, [b"here"])


@both_roles
def test_timeout_calls_back_on_the_interrupt_thread(scene: Scene, role: str):
    """A callback that a timeout completes runs on the EAL interrupt thread.

    Source: guide, "Sending requests": "not by a dedicated IPC thread, but rather from EAL interrupt
    thread"
    Since: 18.05   Strength: documented
    """
    requester, _ = pair(scene, role)
    requester.call("mp_request_async", name="unknown", timeout="brief")
    assert requester.expect("async_reply").thread.name in INTERRUPT_THREADS


@both_roles
def test_late_reply_does_not_call_back_again(scene: Scene, role: str):
    """A reply after the timeout is dropped: the callback does not run a second time.

    Source: guide, "Sending requests"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    responder.call("mp_action_register", name="last", manner="reply")
    requester.call("mp_request_async", name="ping", timeout="brief")
    requester.expect("async_reply")
    responder.call("release_action", name="ping")
    responder.expect("replied", action="ping")
    requester.call("mp_request_sync", name="last", timeout="ample")
    assert requester.events("async_reply") == []


@both_roles
def test_answered_request_does_not_time_out(scene: Scene, role: str):
    """An answered request does not run its callback a second time when its timeout is over.

    Source: guide, "Sending requests"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    requester.call("mp_request_async", name="ping", timeout="patience")
    assert requester.expect("async_reply").nb_received == 1
    # Timeouts of one process run in their order: when the later one has run, the first is past.
    requester.call("mp_request_async", name="unknown", timeout="patience")
    requester.expect("async_reply")
    assert requester.events("async_reply") == []


@both_roles
@pytest.mark.parametrize("nsec", [0, 999])
def test_timeout_below_a_microsecond_is_explained(scene: Scene, role: str, nsec: int):
    """A request that fails because its timeout is below a microsecond leaves the reason in rte_errno.

    Source: rte_eal.h, rte_mp_request_async: "the reason will be stored in rte_errno"
    Since: 18.11   Strength: must
    """
    requester, _ = pair(scene, role)
    r = requester.call("mp_request_async", name="ping", timeout={"sec": 0, "nsec": nsec})
    assert (r.ret, r.rte_errno is not None) == (-1, True)


def test_reply_at_the_moment_of_the_timeout_hangs_nobody(scene: Scene):
    """A reply that is handled in the moment in which its request times out hangs nobody: the callback
    runs, and the next request is answered.

    Source: rte_eal.h, rte_mp_request_async: "will not block"; 9b0e79b868b3 mends the deadlock
    Since: 18.08   Strength: must
    """
    primary, slow, full = scene.primary(), scene.secondary(), scene.secondary()
    slow.call("mp_action_register", name="ping", manner="late")
    slow.call("mp_action_register", name="next", manner="reply")
    full.call("mp_action_register", name="ping", manner="reply")
    asked = primary.tell("mp_request_async", name="ping", timeout="patience")
    assert asked.answer().ret == 0
    slow.expect("action")
    # The other request is read, which would fill the queue, and answered, which would time out first.
    full.expect("replied")
    settle(full, primary)
    with Stopped(full):
        # A sender that waits for room holds the lock of the pending requests ...
        fill_queue(scene, primary)
        sender = primary.tell("mp_request_sync", name="blocked", timeout="ample")
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a blocked sender")
        if primary.said("async_reply"):
            raise Inconclusive("the timeout was over before the sender waited")
        # ... so the reply waits for the lock, and after it the timeout.
        slow.call("release_action", name="ping")
        scene.wait_until(lambda: "futex" in primary.wait_channel(*IPC_THREADS), "a waiting reply")
        scene.wait_until(
            lambda: "futex" in primary.wait_channel(*INTERRUPT_THREADS), "a waiting timeout"
        )
    done = primary.expect("async_reply", deadline_s=2 * scene.speed.slack_s, of=asked.id)
    sender.answer()
    assert done.nb_sent == 2


def test_two_silent_peers_run_the_callback_once(scene: Scene):
    """When neither of two peers answers the callback runs once, with 2 sent and nothing received.

    Source: guide, "Sending requests": called "when the request either has timed out"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene, "one") as one, Ghost(scene, "two") as two:
        asked = primary.tell("mp_request_async", name="ping", timeout="brief")
        for ghost in (one, two):
            ghost.expect("ping")
        assert asked.answer().ret == 0
        done = primary.expect("async_reply", of=asked.id)
        again = callbacks_by_the_end_of_another(primary, one, asked.id)
    assert (outcome(done), again) == ((2, 0, []), 0)


def test_request_to_nobody_disturbs_no_other(scene: Scene):
    """A request that finds nobody left to ask disturbs none that is outstanding: the callback of that
    one runs when its timeout is over.

    Source: guide, "Sending requests": called "when the request either has timed out"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        asked = primary.tell("mp_request_async", name="ping", timeout="patience")
        ghost.expect("ping")
        assert asked.answer().ret == 0
    r = primary.call("mp_request_async", name="nobody", timeout="ample")
    done = primary.expect("async_reply", of=asked.id)
    assert (r.ret, outcome(done)) == (0, (1, 0, []))


def test_timeout_during_a_stop_runs_the_callback(scene: Scene):
    """The callback of a request whose timeout is over while its process is stopped runs when the
    process goes on.

    Source: guide, "Sending requests": called "when the request either has timed out"
    Since: 18.05   Strength: documented
    """
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="silent")
    assert primary.call("mp_request_async", name="ping", timeout="brief").ret == 0
    secondary.expect("action")
    with Stopped(primary):
        # More than a second, by somebody else's clock: a later second than that of the timeout.
        longer = {"sec": 1, "nsec": 500_000_000}
        other = secondary.call("mp_request_sync", name="unheard", timeout=longer)
    done = primary.expect("async_reply")
    assert (other.rte_errno, outcome(done)) == ("ETIMEDOUT", (1, 0, []))
