# SPDX-License-Identifier: BSD-3-Clause
"""rte_mp_request_sync: who is asked, what comes back, how long it takes, and what it must not mix up."""

import socket

import pytest

from conformance.cases import named
from conformance.roles import both_roles, in_order, pair
from faults.ghost import Ghost
from faults.process import ExitedWithoutCleanup
from targets.scene import Scene
from traffic.datagram import MpType


def _params(answer):
    return [bytes.fromhex(msg.param) for msg in answer.msgs or []]


@both_roles
def test_request_is_answered(scene: Scene, role: str):
    """A request to one peer returns 0 with one sent, one received, and the peer's reply.

    Source: rte_eal.h, rte_mp_request_sync; guide, "Sending requests"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"pong")
    r = requester.call("mp_request_sync", name="ping", timeout="ample")
    assert named(r, "ret rte_errno nb_sent nb_received") == {
        "ret": 0,
        "rte_errno": None,
        "nb_sent": 1,
        "nb_received": 1,
    }
    assert (_params(r), r.msgs[0].name) == ([b"pong"], "ping")


def test_every_secondary_answers(scene: Scene):
    """A request from the primary reaches every secondary, once, and every reply comes back.

    Source: guide, "Sending requests": "how many peer processes were active at the time of the request"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    secondaries = [scene.secondary() for _ in range(3)]
    for number, peer in enumerate(secondaries):
        peer.call("mp_action_register", name="ping", manner="reply", reply_param=bytes([number]))
    r = primary.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_sent, r.nb_received) == (0, 3, 3)
    assert sorted(_params(r)) == [b"\0", b"\1", b"\2"]
    assert [len(peer.events("action")) for peer in secondaries] == [1, 1, 1]


def test_secondary_asks_the_primary_only(scene: Scene):
    """A request from a secondary reaches the primary and no other secondary.

    Source: guide, "Communication between multiple processes"
    Since: 18.05   Strength: documented
    """
    primary, requester, other = scene.primary(), scene.secondary(), scene.secondary()
    for peer in (primary, other, requester):
        param = peer.name.encode()
        peer.call("mp_action_register", name="ping", manner="reply", reply_param=param)
    r = requester.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.nb_sent, r.nb_received, _params(r)) == (1, 1, [b"primary1"])
    assert other.events("action") + requester.events("action") == []


def test_nobody_there_returns_at_once(scene: Scene):
    """A request of a primary without secondaries returns 0 at once, nothing sent, nothing received.

    Source: guide, "Sending requests": nb_sent is how many peers were active
    Since: 18.05   Strength: documented
    """
    r = scene.primary().call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_sent, r.nb_received, r.msgs) == (0, 0, 0, None)
    assert r.took_ns < scene.speed.late_s * 1e9


@both_roles
def test_silence_times_out(scene: Scene, role: str):
    """Without an answer the call fails with ETIMEDOUT: one sent, none received, no msgs.

    Source: rte_eal.h, rte_mp_request_sync: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="silent")
    r = requester.call("mp_request_sync", name="ping", timeout="brief")
    assert (r.ret, r.rte_errno, r.nb_sent, r.nb_received, r.msgs) == (-1, "ETIMEDOUT", 1, 0, None)


@both_roles
@pytest.mark.parametrize(
    "timeout",
    [{"sec": 0, "nsec": 250_000_000}, {"sec": 1, "nsec": 0}, {"sec": 0, "nsec": 1_300_000_000}],
    ids=["250ms", "1s", "nsec-over-1e9"],
)
def test_timeout_is_kept(scene: Scene, role: str, timeout: dict):
    """A call that times out has waited the whole timeout, and not much longer.

    Source: rte_eal.h, rte_mp_request_sync: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: must
    """
    requester, _ = pair(scene, role)
    r = requester.call("mp_request_sync", name="unknown", timeout=timeout)
    asked_s = timeout["sec"] + timeout["nsec"] / 1e9
    late_s = r.took_ns / 1e9 - asked_s
    assert r.rte_errno == "ETIMEDOUT"
    assert 0 <= late_s < scene.speed.late_s


@both_roles
def test_zero_timeout_asks_and_gives_up(scene: Scene, role: str):
    """With a timeout of zero the request is sent, and the call fails with ETIMEDOUT at once.

    Source: eal_common_proc.c, mp_request_sync
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    r = requester.call("mp_request_sync", name="ping", timeout=0)
    responder.expect("action")
    assert (r.ret, r.rte_errno, r.nb_sent) == (-1, "ETIMEDOUT", 1)
    assert r.took_ns < scene.speed.late_s * 1e9


def test_partial_answers_are_kept(scene: Scene):
    """When one of two peers does not answer, the call succeeds with the other's reply: 2 sent, 1 got.

    Source: guide, "Misc considerations": unequal nb_sent and nb_received are "not treated as error"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene, "a") as a, Ghost(scene, "b") as b:
        answers, silent = in_order(scene, a, b)
        request = primary.tell("mp_request_sync", name="ping", timeout="patience")
        answers.reply(answers.expect("ping"), b"here")
        silent.expect("ping")
        r = request.answer()
    assert (r.ret, r.rte_errno, r.nb_sent, r.nb_received, _params(r)) == (
        0,
        None,
        2,
        1,
        [b"here"],
    )


def test_silent_peer_hides_nobody(scene: Scene):
    """A peer that does not answer keeps no other peer from being asked.

    Source: guide, "Communication between multiple processes": "delivered to all secondaries"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene, "a", idle=True) as a, Ghost(scene, "b", idle=True) as b:
        silent, other = in_order(scene, a, b)
        primary.call("mp_request_sync", name="ping", timeout="brief")
        silent.expect("ping")
        asked = [ghost.who for ghost in (silent, other) if ghost is silent or ghost.has_mail]
        assert len(asked) == 2


def test_failed_call_returns_no_replies(scene: Scene):
    """A call that fails returns nothing received and no msgs, also when some peers had answered.

    Source: eal_common_proc.c, rte_mp_request_sync (a2a06860b8c4)
    Since: 19.05   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene, "a") as a, Ghost(scene, "b") as b:
        answers, silent = in_order(scene, a, b)
        request = primary.tell("mp_request_sync", name="ping", timeout="patience")
        answers.reply(answers.expect("ping"), b"here")
        silent.expect("ping")
        r = request.answer()
    assert r.ret == 0 or (r.nb_received, r.msgs) == (0, None)


@both_roles
def test_request_can_be_repeated(scene: Scene, role: str):
    """After a timeout the same request can be made again, and is answered.

    Source: rte_eal.h, rte_mp_request_sync
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    first = requester.call("mp_request_sync", name="ping", timeout="brief")
    responder.call("mp_action_register", name="ping", manner="reply")
    second = requester.call("mp_request_sync", name="ping", timeout="ample")
    assert (first.rte_errno, second.ret, second.nb_received) == ("ETIMEDOUT", 0, 1)


@both_roles
def test_late_reply_answers_nothing_else(scene: Scene, role: str):
    """A reply that comes after its request's timeout does not answer the next request of that name.

    Source: guide, "Receiving and responding to messages": a response goes "to the correct requestor"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late", reply_param=b"the first")
    assert requester.call("mp_request_sync", name="ping", timeout="brief").ret == -1
    second = requester.tell("mp_request_sync", name="ping", timeout="patience")
    for _ in range(2):
        responder.expect("action")
    responder.call("release_action", name="ping")
    assert (second.answer().rte_errno, _params(second.answer())) == ("ETIMEDOUT", [])


@both_roles
def test_late_reply_is_dropped(scene: Scene, role: str):
    """A late reply is dropped, and requests of other names are answered as before.

    Source: eal_common_proc.c, process_msg
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    responder.call("mp_action_register", name="pong", manner="reply", reply_param=b"pong")
    requester.call("mp_request_sync", name="ping", timeout="brief")
    responder.call("release_action", name="ping")
    responder.expect("replied", action="ping")
    assert _params(requester.call("mp_request_sync", name="pong", timeout="ample")) == [b"pong"]


@both_roles
def test_same_name_at_once_is_refused(scene: Scene, role: str):
    """A second request of the same name while one is outstanding fails at once with EEXIST; the first
    is not disturbed.

    Source: eal_common_proc.c, mp_request_sync
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    first = requester.tell("mp_request_sync", name="ping", timeout="ample")
    responder.expect("action")
    second = requester.call("mp_request_sync", name="ping", timeout="ample")
    responder.call("release_action", name="ping")
    assert (second.ret, second.rte_errno, second.nb_sent) == (-1, "EEXIST", 0)
    assert (first.answer().ret, first.answer().nb_received) == (0, 1)


@both_roles
def test_other_names_go_side_by_side(scene: Scene, role: str):
    """Requests of different names may be outstanding at once; each ends with its own answer, in whichever
    order these come: a middle one first, then the last, then the first.

    Source: eal_common_proc.c, find_pending_request (53fd532e3961)
    Since: 18.08   Strength: observed
    """
    requester, responder = pair(scene, role)
    requests = {}
    for name in ("a", "b", "c"):
        responder.call("mp_action_register", name=name, manner="late", reply_param=name.encode())
        requests[name] = requester.tell("mp_request_sync", name=name, timeout="ample")
        responder.expect("action")
    answers = {}
    for name in ("b", "c", "a"):
        responder.call("release_action", name=name)
        answers[name] = _params(requests[name].answer())
    assert answers == {"b": [b"b"], "c": [b"c"], "a": [b"a"]}


@both_roles
def test_two_replies_count_once(scene: Scene, role: str):
    """A peer that replies twice is counted once, and requests work on afterwards.

    Source: guide, "Sending requests": nb_received is how many peers "have replied"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="twice")
    responder.call("mp_action_register", name="pong", manner="reply")
    r = requester.call("mp_request_sync", name="ping", timeout="ample")
    again = requester.call("mp_request_sync", name="pong", timeout="ample")
    assert (r.ret, r.nb_sent, r.nb_received, again.nb_received) == (0, 1, 1, 1)


def test_reply_of_another_peer_does_not_count(scene: Scene):
    """Only the peer that was asked can answer: another one's reply of the same name is dropped.

    Source: guide, "Receiving and responding to messages"; eal_common_proc.c, find_pending_request
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    with Ghost(scene) as asked, Ghost(scene, address=f"{scene.runtime}/stranger") as stranger:
        request = primary.tell("mp_request_sync", name="ping", timeout="patience")
        asked.expect("ping")
        stranger.send(MpType.MP_REP, "ping", b"false")
        stranger.send(MpType.MP_IGN, "ping")
        r = request.answer()
    assert (r.rte_errno, r.nb_sent, r.nb_received, _params(r)) == ("ETIMEDOUT", 1, 0, [])


def test_request_is_an_mp_req(scene: Scene):
    """A request goes out as one datagram of type MP_REQ with the name, length and parameter given.

    Source: eal_common_proc.c, mp_request_sync
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        request = primary.tell("mp_request_sync", name="ping", param=b"hello", timeout="ample")
        got = ghost.expect()
        ghost.reply(got)
        request.answer()
    assert (got.type, got.name, got.param, got.sender) == (
        MpType.MP_REQ,
        "ping",
        b"hello",
        f"{scene.runtime}/mp_socket",
    )


def test_stale_socket_is_not_counted(scene: Scene):
    """A secondary that left without a word is not asked, not counted, and its socket is removed.

    Source: guide, "Sending requests": nb_sent counts the peers that were active
    Since: 18.05   Strength: documented
    """
    primary, gone, living = scene.primary(), scene.secondary(), scene.secondary()
    living.call("mp_action_register", name="ping", manner="reply")
    with ExitedWithoutCleanup(gone):
        r = primary.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_sent, r.nb_received, len(scene.sockets())) == (0, 1, 1, 1)


def test_bad_entry_fails_the_request(scene: Scene):
    """An entry of the directory that cannot be sent to makes the request fail with its errno.

    Source: eal_common_proc.c, mp_request_sync
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    scene.isolation.inside(stream.bind, f"{scene.runtime}/mp_socket_m")
    stream.listen()
    r = primary.call("mp_request_sync", name="ping", timeout="ample")
    stream.close()
    assert (r.ret, r.rte_errno, r.nb_sent, r.msgs) == (-1, "EPROTOTYPE", 0, None)


@both_roles
def test_request_inside_an_action_times_out(scene: Scene, role: str):
    """A synchronous request made inside an action cannot be answered: it times out, and IPC goes on.

    Source: guide, "Misc considerations": recursive requests are "not supported"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    requester.call("mp_action_register", name="back", manner="reply")
    inside = {"verb": "mp_request_sync", "name": "back", "timeout": "brief"}
    responder.call("mp_action_register", name="ping", manner="reply", inside=inside)
    r = requester.call("mp_request_sync", name="ping", timeout="ample")
    nested = responder.expect("inside")
    assert (nested.ret, nested.rte_errno, r.ret, r.nb_received) == (-1, "ETIMEDOUT", 0, 1)


def test_peer_that_arrives_is_asked(scene: Scene):
    """A secondary that has arrived since the last request is asked by the next one.

    Source: guide, "Sending requests": the peers "active at the time of the request"
    Since: 18.05   Strength: documented
    """
    primary, first = scene.primary(), scene.secondary()
    first.call("mp_action_register", name="ping", manner="reply")
    counts = [primary.call("mp_request_sync", name="ping", timeout="ample").nb_received]
    second = scene.secondary()
    second.call("mp_action_register", name="ping", manner="reply")
    counts.append(primary.call("mp_request_sync", name="ping", timeout="ample").nb_received)
    first.stop()
    counts.append(primary.call("mp_request_sync", name="ping", timeout="ample").nb_received)
    assert counts == [1, 2, 1]


def test_replies_stand_in_the_order_of_the_directory(scene: Scene):
    """The replies to a primary stand in the order in which its directory lists the secondaries.

    Source: eal_common_proc.c, rte_mp_request_sync: one peer after another; guide: "undefined"
    Since: 18.05   Strength: measured
    """
    primary = scene.primary()
    for _ in range(3):
        secondary = scene.secondary()
        own = str(secondary.greeting.pid).encode()
        secondary.call("mp_action_register", name="ping", manner="reply", reply_param=own)
    r = primary.call("mp_request_sync", name="ping", timeout="ample")
    asked = [socket.split("_")[2].encode() for socket in scene.sockets()]
    assert [bytes.fromhex(m.param) for m in r.msgs] == asked


def test_request_inside_a_timed_out_callback_is_answered(scene: Scene):
    """A synchronous request made in the callback of an asynchronous one that timed out is answered:
    that callback does not run on the IPC thread.

    Source: guide, "Sending requests": called "from EAL interrupt thread"
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    ask = {"verb": "mp_request_sync", "name": "ping", "timeout": "ample"}
    primary.call("mp_request_async", name="silence", timeout="brief", inside=ask)
    primary.expect("async_reply")
    inside = primary.expect("inside")
    assert (inside.ret, inside.nb_received) == (0, 1)
