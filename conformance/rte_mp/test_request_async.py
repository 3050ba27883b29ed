# SPDX-License-Identifier: BSD-3-Clause
"""rte_mp_request_async: when the callback runs, on which thread, and what it is given."""

import socket


from conformance.roles import both_roles, in_order, pair
from conformance.rte_mp.callbacks import callbacks_by_the_end_of_another, outcome
from faults.ghost import Ghost
from targets.scene import Scene
from targets.threads import IPC_THREADS
from traffic.datagram import MpType


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
    assert (outcome(done), done.request.name, done.request.param) == (
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
        got.append(outcome(requester.expect("async_reply")))
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
    assert (done.nb_sent, done.nb_received, sorted(outcome(done)[2])) == (
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
    assert sorted(outcome(done)[2]) == [b"a", b"b"]


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
        assert callbacks_by_the_end_of_another(primary, ghost, request.id) == 1


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
    assert outcome(done) == (1, 1, [b"here"])


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
    assert (outcome(done), done.thread.name in IPC_THREADS) == ((0, 0, []), True)


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
        assert (outcome(done)[:2], scene.sockets()) == ((1, 1), ["mp_socket_ghost"])


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
    assert outcome(done) == (2, 2, [b"first", b"other"])


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
        assert (done.request.name, outcome(done)) == (name, (1, 1, [name.encode()]))
