# SPDX-License-Identifier: BSD-3-Clause
"""rte_mp_request_async: when the callback runs, on which thread, and what it is given."""

import socket

import pytest

from conformance.roles import both_roles, in_order, pair, queue_room
from faults.ghost import Ghost
from faults.process import Stopped
from targets.scene import Scene
from targets.threads import INTERRUPT_THREADS, IPC_THREADS
from traffic.datagram import MpType


def _outcome(done):
    return done.nb_sent, done.nb_received, [bytes.fromhex(m.param) for m in done.msgs or []]


def _callbacks_by_the_end_of_another(peer, ghost, of):
    """The number of callbacks that the request with id `of` has had when a later request has timed
    out."""
    other = peer.tell("mp_request_async", name="afterwards", timeout="patience")
    ghost.expect("afterwards")
    assert other.answer().ret == 0
    peer.expect("async_reply", of=other.id)
    return len(peer.events("async_reply", of=of))


@both_roles
def test_callback_gets_the_reply(scene: Scene, role: str):
    """The call returns 0 at once, and the callback gets the request and the reply: 1 sent, 1 received.

    Source: guide, "Sending requests"; rte_eal.h, rte_mp_request_async
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"pong")
    r = requester.call("mp_request_async", name="ping", param=b"which", timeout="ample")
    done = requester.expect("async_reply")
    assert (r.ret, r.rte_errno) == (0, None)
    assert (_outcome(done), done.request.name, done.request.param) == (
        (1, 1, [b"pong"]),
        "ping",
        b"which".hex(),
    )


@both_roles
def test_each_request_ends_in_its_own_way(scene: Scene, role: str):
    """Several requests of one name, one after another: each that is answered gets its own reply, and
    each that is not gets none.

    Source: guide, "Sending requests"; rte_eal.h, rte_mp_request_async
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    # The silent ones take 0.7 s at least: so the answered ones meet deadlines in the second in which
    # they are asked, and in the next.
    manners = ["silent", "reply"] * 7
    got = []
    for number, manner in enumerate(manners):
        reply = bytes([number])
        timeout = "patience" if manner == "reply" else "brief"
        responder.call("mp_action_register", name="ping", manner=manner, reply_param=reply)
        requester.call("mp_request_async", name="ping", timeout=timeout)
        got.append(_outcome(requester.expect("async_reply")))
        responder.call("mp_action_unregister", name="ping")
    assert got == [
        (1, 1, [bytes([number])]) if manner == "reply" else (1, 0, [])
        for number, manner in enumerate(manners)
    ]


def test_callback_waits_for_all(scene: Scene):
    """The callback runs once, when every secondary has answered, and gets every reply.

    Source: rte_eal.h, rte_mp_request_async: "when all responses for this request have arrived"
    Since: 18.05   Strength: must
    """
    primary = scene.primary()
    secondaries = [scene.secondary() for _ in range(3)]
    for number, peer in enumerate(secondaries):
        peer.call("mp_action_register", name="ping", manner="late", reply_param=bytes([number]))
    primary.call("mp_request_async", name="ping", timeout="ample")
    for peer in secondaries:
        peer.expect("action")
    for peer in secondaries:
        assert primary.events("async_reply") == []
        peer.call("release_action", name="ping")
    done = primary.expect("async_reply")
    assert (done.nb_sent, done.nb_received, sorted(_outcome(done)[2])) == (
        3,
        3,
        [b"\0", b"\1", b"\2"],
    )
    assert primary.events("async_reply") == []


def test_all_are_asked_at_once(scene: Scene):
    """Every secondary is asked before any has answered.

    Source: rte_eal.h, rte_mp_request_async: "will not block"
    Since: 18.05   Strength: must
    """
    primary = scene.primary()
    with Ghost(scene, "a") as a, Ghost(scene, "b") as b:
        primary.call("mp_request_async", name="ping", timeout="ample")
        for ghost in (a, b):
            ghost.reply(ghost.expect("ping", MpType.MP_REQ), ghost.who.encode())
        done = primary.expect("async_reply")
    assert sorted(_outcome(done)[2]) == [b"a", b"b"]


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
    late_s = (done.at - told.answer().at) / 1e9 - scene.speed.brief_s
    assert (before < done.at, _outcome(done)) == (True, (1, 0, []))
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
    late_s = (done.at - answer.at) / 1e9 - timeout["sec"] - timeout["nsec"] / 1e9
    # The answer is stamped a moment after the call has started its clock.
    assert -0.1 < late_s < scene.speed.late_s


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
    assert _outcome(done) == (2, 1, [b"here"])


def test_nobody_there_runs_the_callback(scene: Scene):
    """A request of a primary without secondaries runs its callback, with nothing sent or received.

    Source: guide, "Sending requests": called when it has "received a response to all the messages
    that were sent", which are none; eal_common_proc.c: "we have to ensure that callback gets triggered
    even if we don't send anything"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    request = primary.tell("mp_request_async", name="ping", timeout="brief")
    assert request.answer().ret == 0
    with Ghost(scene) as ghost:
        assert _callbacks_by_the_end_of_another(primary, ghost, request.id) == 1


@both_roles
def test_reply_calls_back_on_the_ipc_thread(scene: Scene, role: str):
    """A callback that a reply completes runs on the IPC thread.

    Source: guide, "Misc considerations": "from IPC thread or from interrupt thread"
    Since: 18.08   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    requester.call("mp_request_async", name="ping", timeout="ample")
    assert requester.expect("async_reply").thread.name in IPC_THREADS


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
def test_same_name_at_once_is_refused(scene: Scene, role: str):
    """A second request of the same name while one is outstanding fails with EEXIST, whether it is
    asynchronous or not; the first is not disturbed.

    Source: eal_common_proc.c, mp_request_async
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    first = requester.tell("mp_request_async", name="ping", timeout="ample")
    responder.expect("action")
    others = [
        requester.call("mp_request_async", name="ping", timeout="ample"),
        requester.call("mp_request_sync", name="ping", timeout="ample"),
    ]
    responder.call("release_action", name="ping")
    done = requester.expect("async_reply")
    assert [(r.ret, r.rte_errno) for r in others] == [(-1, "EEXIST")] * 2
    assert (first.answer().ret, done.of, done.nb_received) == (0, first.id, 1)
    assert requester.events("async_reply") == []


@both_roles
def test_sync_request_bars_the_name(scene: Scene, role: str):
    """While a synchronous request is outstanding an asynchronous one of its name fails with EEXIST.

    Source: eal_common_proc.c, mp_request_async
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    first = requester.tell("mp_request_sync", name="ping", timeout="ample")
    responder.expect("action")
    second = requester.call("mp_request_async", name="ping", timeout="ample")
    responder.call("release_action", name="ping")
    assert (second.ret, second.rte_errno, first.answer().nb_received) == (-1, "EEXIST", 1)


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


def test_ignoring_peer_does_not_count(scene: Scene):
    """A peer that answers MP_IGN is not counted as asked; the callback gets the others' replies.

    Source: guide, "Misc considerations": such a peer is "non-existing"
    Since: 18.11   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene, "a") as answers, Ghost(scene, "b") as ignores:
        primary.call("mp_request_async", name="ping", timeout="ample")
        ignores.ignore(ignores.expect("ping"))
        answers.reply(answers.expect("ping"), b"here")
        done = primary.expect("async_reply")
    assert _outcome(done) == (1, 1, [b"here"])


def test_all_ignoring_runs_the_callback(scene: Scene):
    """When every peer answers MP_IGN the callback runs at once, with nothing sent or received.

    Source: guide, "Misc considerations": such a peer is "non-existing"
    Since: 18.11   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        primary.call("mp_request_async", name="ping", timeout="ample")
        ghost.ignore(ghost.expect("ping"))
        done = primary.expect("async_reply")
    assert (_outcome(done), done.thread.name in IPC_THREADS) == ((0, 0, []), True)


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


def test_failed_request_does_not_call_back(scene: Scene):
    """A request that fails does not run its callback, even if it had reached some of the peers.

    Source: rte_eal.h, rte_mp_request_async: -1 is failure, the callback is for responses
    Since: 18.05   Strength: must
    """
    primary = scene.primary()
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    scene.isolation.inside(stream.bind, f"{scene.runtime}/mp_socket_m")
    stream.listen()
    with Ghost(scene) as ghost:
        request = primary.tell("mp_request_async", name="ping", timeout="ample")
        ghost.reply(ghost.expect("ping"))
        assert (request.answer().ret, request.answer().rte_errno) == (-1, "EPROTOTYPE")
        primary.call("mp_action_register", name="last")
        ghost.send(MpType.MP_MSG, "last")
        primary.expect("action")
    stream.close()
    assert len(primary.events("async_reply")) == 0


def test_dead_entry_does_not_hide_the_reason(scene: Scene):
    """A request that fails because one of its name is outstanding says EEXIST, also when another peer's
    dead entry comes after it.

    Source: rte_eal.h, rte_mp_request_async: "the reason will be stored in rte_errno"
    Since: 18.05   Strength: must
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="last")
    with Ghost(scene, "a") as a, Ghost(scene, "b") as b:
        outstanding, dying = in_order(scene, a, b)
        primary.call("mp_request_async", name="ping", timeout="ample")
        dying.reply(dying.expect("ping"))
        outstanding.expect("ping")
        # One sender's messages keep their order: its reply has been handled.
        dying.send(MpType.MP_MSG, "last")
        primary.expect("action")
        dying.sock.close()
        again = primary.call("mp_request_async", name="ping", timeout="ample")
    assert (again.ret, again.rte_errno) == (-1, "EEXIST")


@both_roles
def test_callback_may_ask_again(scene: Scene, role: str):
    """A callback may make the next asynchronous request, of the same name too.

    Source: guide, "Misc considerations"; eal_common_proc.c: the entry is off the list by then
    Since: 18.08   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    again = {"verb": "mp_request_async", "name": "ping", "timeout": "ample", "id": 1000}
    requester.call("mp_request_async", name="ping", timeout="ample", inside=again)
    first = requester.expect("async_reply")
    second = requester.expect("async_reply")
    assert (requester.expect("inside").ret, first.nb_received, second.nb_received) == (0, 1, 1)
    assert (second.of, requester.events("async_reply")) == (1000, [])


def test_stale_socket_is_not_counted(scene: Scene):
    """A dead entry is not counted as sent: the callback waits for the living ones only.

    Source: guide, "Sending requests": nb_sent counts the peers that were active
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    scene.isolation.inside(dead.bind, f"{scene.runtime}/mp_socket_dead")
    dead.close()
    with Ghost(scene) as ghost:
        primary.call("mp_request_async", name="ping", timeout="ample")
        ghost.reply(ghost.expect("ping"))
        done = primary.expect("async_reply")
        assert (_outcome(done)[:2], scene.sockets()) == ((1, 1), ["mp_socket_ghost"])


def test_two_replies_count_once(scene: Scene):
    """A peer that replies twice is counted once, and the callback runs once.

    Source: guide, "Sending requests"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="last")
    with Ghost(scene, "a") as twice, Ghost(scene, "b") as once:
        primary.call("mp_request_async", name="ping", timeout="ample")
        asked = twice.expect("ping")
        twice.reply(asked, b"first")
        twice.reply(asked, b"second")
        twice.send(MpType.MP_MSG, "last")
        primary.expect("action")
        assert primary.events("async_reply") == []
        once.reply(once.expect("ping"), b"other")
        done = primary.expect("async_reply")
    assert _outcome(done) == (2, 2, [b"first", b"other"])


@both_roles
def test_sends_go_side_by_side(scene: Scene, role: str):
    """Asynchronous requests of different names may be outstanding at once; each callback runs once.

    Source: eal_common_proc.c, find_pending_request
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    ids = {}
    for name in ("a", "b", "c"):
        param = name.encode()
        responder.call("mp_action_register", name=name, manner="late", reply_param=param)
        pending = requester.tell("mp_request_async", name=name, timeout="ample")
        pending.answer()
        responder.expect("action")
        ids[name] = pending.id
    for name in ("c", "a", "b"):
        responder.call("release_action", name=name)
        done = requester.expect("async_reply", of=ids[name])
        assert (done.request.name, _outcome(done)) == (name, (1, 1, [name.encode()]))


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
    with Stopped(full):
        # A sender that waits for room holds the lock of the pending requests ...
        for _ in range(queue_room(scene)):
            primary.call("mp_sendmsg", name="fill")
        sender = primary.tell("mp_request_sync", name="blocked", timeout="ample")
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a blocked sender")
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
        again = _callbacks_by_the_end_of_another(primary, one, asked.id)
    assert (_outcome(done), again) == ((2, 0, []), 0)


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
    assert (r.ret, _outcome(done)) == (0, (1, 0, []))


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
    assert (other.rte_errno, _outcome(done)) == ("ETIMEDOUT", (1, 0, []))
