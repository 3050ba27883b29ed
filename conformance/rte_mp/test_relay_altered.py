# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams that come twice, altered, or from another sender than the process that was asked."""

import pytest

from conformance.roles import both_roles, pair, settle
from faults.relay import Relay
from targets.peer import Peer
from targets.scene import Scene


@both_roles
@pytest.mark.parametrize("verb", ["mp_request_sync", "mp_request_async"])
def test_doubled_reply_counts_once(scene: Scene, role: str, verb: str):
    """A reply that arrives twice is one reply, and the next request gets an answer of its own.

    Source: guide, "Sending requests": nb_received says how many of the peers "have replied"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with Relay(scene, scene.socket_of(requester), "double reply ping times 1"):
        first = _ask(requester, verb, b"first")
    settle(responder, requester)  # Behind both copies: a late one would answer the next request.
    other = _ask(requester, "mp_request_sync", b"other")
    assert (first, other) == ((1, 1, [b"first"]), (1, 1, [b"other"]))
    assert requester.events("async_reply") == []


def _ask(requester: Peer, verb: str, param: bytes) -> tuple[int, int, list[bytes]]:
    """The number of peers that were asked and that have replied, and the replies."""
    r = requester.call(verb, name="ping", param=param, timeout="ample")
    if verb == "mp_request_async":
        r = requester.expect("async_reply")
    return r.nb_sent, r.nb_received, [bytes.fromhex(msg.param) for msg in r.msgs or []]


@both_roles
def test_answer_for_a_peer_is_that_peers(scene: Scene, role: str):
    """An answer that comes from the address of the one who was asked is its reply, whoever gave it.

    Source: eal_common_proc.c, find_pending_request
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"own")
    with Relay(scene, scene.socket_of(responder), 'answer reply param="for it" request ping'):
        r = requester.call("mp_request_sync", name="ping", timeout="ample")
    answers = [bytes.fromhex(msg.param) for msg in r.msgs or []]
    assert (r.ret, r.nb_sent, answers) == (0, 1, [b"for it"])
    assert responder.events("action") == []


@both_roles
def test_lost_descriptor_is_not_another_ones(scene: Scene, role: str):
    """A message whose descriptor was lost on its way brings none: neither that of the message before it,
    which an action that closes what it is given would close twice, nor the sender's number.

    Source: guide, "Receiving and responding to messages": the contents are "identical to ones sent"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping")
    fds = [sender.call("open", path=str(sender.directory / name)).ret for name in ("one", "two")]
    with Relay(scene, scene.socket_of(receiver), "rewrite fds=none message ping nth 2"):
        for fd in fds:
            sender.call("mp_sendmsg", name="ping", fds=[fd])
        _first, second = (receiver.expect("action").msg for _ in range(2))
    assert len(second.fds) == 0
