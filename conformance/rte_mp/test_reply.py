# SPDX-License-Identifier: BSD-3-Clause
"""rte_mp_reply: to whom it goes, and what it says when that is nobody."""

from conformance.roles import both_roles, pair
from faults.ghost import Ghost
from faults.process import Killed
from targets.scene import Scene
from traffic.datagram import MpType


def test_reply_is_an_mp_rep(scene: Scene):
    """A reply goes to the requester's socket as one datagram of type MP_REP.

    Source: guide, "Receiving and responding to messages"; eal_common_proc.c, rte_mp_reply
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="ping", manner="reply", reply_param=b"pong")
    with Ghost(scene) as ghost, Ghost(scene, "other", idle=True) as other:
        ghost.send(MpType.MP_REQ, "ping", b"hello")
        got = ghost.expect("ping")
        assert (got.type, got.param, other.has_mail) == (MpType.MP_REP, b"pong", False)


@both_roles
def test_reply_succeeds(scene: Scene, role: str):
    """rte_mp_reply to a waiting requester returns 0.

    Source: rte_eal.h, rte_mp_reply
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    requester.call("mp_request_sync", name="ping", timeout="ample")
    replied = responder.expect("replied")
    assert (replied.ret, replied.rte_errno) == (0, None)


@both_roles
def test_action_that_returns_sends_nothing(scene: Scene, role: str):
    """Nothing is sent for an action that returns without a reply: the requester times out.

    Source: rte_eal.h, rte_mp_t: "returning success or failure will *not* send a response"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="silent", returns=0)
    r = requester.call("mp_request_sync", name="ping", timeout="brief")
    assert (r.rte_errno, len(responder.events("action"))) == ("ETIMEDOUT", 1)


@both_roles
def test_reply_may_come_from_another_thread(scene: Scene, role: str):
    """A reply may be sent after the action has returned, from another thread.

    Source: guide, "Receiving and responding to messages": sent "explicitly"; hotplug_mp.c does so
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    request = requester.tell("mp_request_sync", name="ping", timeout="ample")
    action = responder.expect("action")
    responder.call("release_action", name="ping")
    replied = responder.expect("replied")
    assert (replied.ret, request.answer().nb_received) == (0, 1)
    assert replied.thread.tid != action.thread.tid


@both_roles
def test_reply_under_another_name_is_lost(scene: Scene, role: str):
    """A reply under another name than the request's returns 0 and is lost: the requester times out.

    Source: eal_common_proc.c, find_pending_request; guide and header are silent
    Since: 18.05   Strength: measured
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply", reply_name="pong")
    requester.call("mp_action_register", name="pong", manner="silent")
    r = requester.call("mp_request_sync", name="ping", timeout="brief")
    assert (responder.expect("replied").ret, r.ret, r.rte_errno, r.nb_sent, r.nb_received) == (
        0,
        -1,
        "ETIMEDOUT",
        1,
        0,
    )
    assert requester.events("action") == []


def test_primary_replies_to_the_dead(scene: Scene):
    """A primary's reply to a peer that is gone returns 0 and removes its socket.

    Source: eal_common_proc.c, send_msg
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="late")
    request = secondary.tell("mp_request_sync", name="ping", timeout="ample")
    primary.expect("action")
    with Killed(secondary):
        secondary.forget(request)
        primary.call("release_action", name="ping")
        replied = primary.expect("replied")
    assert (replied.ret, scene.sockets()) == (0, [])


def test_secondary_replies_to_the_dead(scene: Scene):
    """A secondary's reply to a primary that is gone fails with ECONNREFUSED.

    Source: eal_common_proc.c, send_msg
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="late")
    request = primary.tell("mp_request_sync", name="ping", timeout="ample")
    secondary.expect("action")
    with Killed(primary):
        primary.forget(request)
        secondary.call("release_action", name="ping")
        replied = secondary.expect("replied")
    assert (replied.ret, replied.rte_errno) == (-1, "ECONNREFUSED")


def test_reply_goes_to_the_one_who_asked(scene: Scene):
    """Two secondaries that send the same request at once each get the answer to their own.

    Source: guide, "Receiving and responding to messages": delivered "to the correct requestor"
    Since: 18.05   Strength: documented
    """
    primary, one, two = scene.primary(), scene.secondary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="late")
    requests = []
    for peer in (one, two):
        param = peer.name.encode()
        requests.append(peer.tell("mp_request_sync", name="ping", param=param, timeout="ample"))
        primary.expect("action")
    for _ in requests:
        primary.call("release_action", name="ping")
    got = [bytes.fromhex(request.answer().msgs[0].param) for request in requests]
    assert got == [b"secondary1", b"secondary2"]


@both_roles
def test_reply_to_no_address_fails(scene: Scene, role: str):
    """rte_mp_reply to an empty peer, which is nobody's address, fails and says why.

    Source: rte_eal.h, rte_mp_reply: "On failure, return -1, and the reason will be stored in rte_errno"
    Since: 18.05   Strength: must
    """
    peer, _ = pair(scene, role)
    r = peer.call("mp_reply", name="ping", peer="")
    assert (r.ret, r.rte_errno) == (-1, "ECONNREFUSED")


@both_roles
def test_reply_to_a_path_that_is_not_there_fails(scene: Scene, role: str):
    """rte_mp_reply to a path at which there is no socket fails with ENOENT.

    Source: rte_eal.h, rte_mp_reply: "On failure, return -1, and the reason will be stored in rte_errno"
    Since: 18.05   Strength: must
    """
    peer, _ = pair(scene, role)
    r = peer.call("mp_reply", name="ping", peer=f"{scene.runtime}/mp_socket_nobody")
    assert (r.ret, r.rte_errno) == (-1, "ENOENT")
