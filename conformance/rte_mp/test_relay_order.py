# SPDX-License-Identifier: BSD-3-Clause
"""Messages, requests and replies that overtake each other between real processes."""

import pytest

from conformance.roles import both_roles, pair
from faults.relay import Relay
from targets.scene import Scene


NAMES = ("one", "two")


@both_roles
@pytest.mark.parametrize("kind", ["request", "reply"])
def test_those_that_overtake_are_told_apart(scene: Scene, role: str, kind: str):
    """Two requests to one peer that overtake each other, or whose replies do, each get their own
    answer.

    Source: guide, "Receiving and responding to messages": a response is delivered "to the correct
    requestor"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    for name in NAMES:
        param = name.encode()
        responder.call("mp_action_register", name=name, manner="reply", reply_param=param)
    receiver = responder if kind == "request" else requester
    with Relay(scene, scene.socket_of(receiver), f"reorder 2 {kind} *"):
        both = [requester.tell("mp_request_sync", name=name, timeout="ample") for name in NAMES]
        answers = [bytes.fromhex(request.answer().msgs[0].param) for request in both]
    assert answers == [name.encode() for name in NAMES]


@both_roles
def test_messages_are_handled_as_they_arrive(scene: Scene, role: str):
    """Messages that were sent in another order are handled in the order in which they arrive, each once.

    Source: eal_common_proc.c, mp_handle
    Since: 18.05   Strength: observed
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping")
    with Relay(scene, scene.socket_of(receiver), "reorder 3 message ping"):
        for param in (b"1", b"2", b"3"):
            sender.call("mp_sendmsg", name="ping", param=param)
        handled = [bytes.fromhex(receiver.expect("action").msg.param) for _ in range(3)]
    assert (handled, receiver.events("action")) == ([b"3", b"2", b"1"], [])


@both_roles
def test_reply_that_overtakes_a_message_answers(scene: Scene, role: str):
    """A reply that overtakes a message of the same peer and name answers its request, and the message
    runs its action, once.

    Source: guide, "Registering for incoming messages": an action is for "a message or a request", and
    "Sending requests"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    requester.call("mp_action_register", name="ping")
    responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"reply")
    rules = "hold message ping", "release reply ping"
    with Relay(scene, scene.socket_of(requester), *rules):
        responder.call("mp_sendmsg", name="ping", param=b"message")
        r = requester.call("mp_request_sync", name="ping", timeout="ample")
        ran = requester.expect("action")
    answers = [bytes.fromhex(msg.param) for msg in (*r.msgs, ran.msg)]
    assert (answers, requester.events("action")) == ([b"reply", b"message"], [])


def test_replies_in_any_order_are_all_kept(scene: Scene):
    """The callback of an asynchronous request gets the replies of all, in whichever order they come.

    Source: guide, "Sending requests": "The order in which responses appear is undefined"
    Since: 18.05   Strength: documented
    """
    primary, one, two = scene.primary(), scene.secondary(), scene.secondary()
    for peer in (one, two):
        param = peer.name.encode()
        peer.call("mp_action_register", name="ping", manner="reply", reply_param=param)
    with Relay(scene, scene.socket_of(primary), "reorder 2 reply ping"):
        primary.call("mp_request_async", name="ping", timeout="ample")
        done = primary.expect("async_reply")
    params = sorted(bytes.fromhex(msg.param) for msg in done.msgs)
    assert (done.nb_sent, done.nb_received, params) == (2, 2, [b"secondary1", b"secondary2"])
