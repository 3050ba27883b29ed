# SPDX-License-Identifier: BSD-3-Clause
"""Each error that a call of IPC's can fail with, by its manual page: the caller is told which; and calls
that are interrupted or take long."""

from typing import Any

import pytest

from conformance.roles import both_roles, pair
from faults.call import ERRORS, CallDelayed, CallFails, CallHeld, CallInterrupted, breakable
from targets.peer import Peer
from targets.scene import Scene

ANSWERED = (0, None, 1)
SENDERS: dict[str, dict[str, Any]] = {
    "message": {"verb": "mp_sendmsg"},
    "sync": {"verb": "mp_request_sync", "timeout": "ample"},
    "async": {"verb": "mp_request_async", "timeout": "ample"},
}
every_sender = pytest.mark.parametrize("sender", list(SENDERS))

# What ends nothing: a call that was interrupted is made again, and a primary takes the one who refuses
# for dead (test_death.py).
NO_FAILURE = {"EINTR", "ECONNREFUSED"}


def _send(peer: Peer, sender: str):
    keys = dict(SENDERS[sender])
    r = peer.call(keys.pop("verb"), name="ping", **keys)
    return r.ret, r.rte_errno


def _ask(requester: Peer):
    r = requester.call("mp_request_sync", name="ping", timeout="ample")
    return r.ret, r.rte_errno, r.nb_received


def _said(peer: Peer, sender: str, function: str, errors: set[str]):
    """The results of a sender for each error of a call, where they are not that error."""
    wrong = {}
    for error in sorted(errors):
        with CallFails(peer, function, error):
            said = _send(peer, sender)
        if said != (-1, error):
            wrong[error] = said
    return wrong


def _answering(scene: Scene, role: str) -> Peer:
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    return requester


@both_roles
@every_sender
def test_each_error_of_sending_is_told(scene: Scene, role: str, sender: str):
    """Whichever way sendmsg(2) fails, the call that sends fails with that errno, and the next request
    is answered.

    Source: rte_eal.h, rte_mp_sendmsg, rte_mp_request_sync and _async: "the reason will be stored"
    Since: 19.05   Strength: must
    """
    requester = _answering(scene, role)
    wrong = _said(requester, sender, "sendmsg", set(ERRORS["sendmsg"]) - NO_FAILURE)
    assert (wrong, _ask(requester)) == ({}, ANSWERED)


@pytest.mark.parametrize("function", ["opendir", "flock"])
@every_sender
def test_each_error_of_the_directory_is_told(scene: Scene, sender: str, function: str):
    """Whichever way the runtime directory cannot be opened or locked, a primary's call fails with that
    errno, and the next request is answered.

    Source: rte_eal.h, rte_mp_sendmsg, rte_mp_request_sync and _async: "the reason will be stored"
    Since: 18.05   Strength: must
    """
    requester = _answering(scene, "primary")
    wrong = _said(requester, sender, function, set(ERRORS[function]))
    assert (wrong, _ask(requester)) == ({}, ANSWERED)


@pytest.mark.parametrize("sender", ["sync", "async"])
@both_roles
def test_each_error_of_the_clock_is_told(scene: Scene, role: str, sender: str):
    """Whichever way the clock cannot be read, a request fails with that errno, and the next request is
    answered.

    Source: rte_eal.h, rte_mp_request_sync and _async: "the reason will be stored in rte_errno"
    Since: 18.05   Strength: must
    """
    requester = _answering(scene, role)
    wrong = _said(requester, sender, "clock_gettime", set(ERRORS["clock_gettime"]))
    assert (wrong, _ask(requester)) == ({}, ANSWERED)


@both_roles
@every_sender
def test_interrupted_sends_are_made_again(scene: Scene, role: str, sender: str):
    """A send that is interrupted five times in a row fails nothing: it is made again.

    Source: eal_common_proc.c, send_msg: EINTR is no failure
    Since: 18.05   Strength: observed
    """
    requester = _answering(scene, role)
    with CallInterrupted(requester, "sendmsg", times=5):
        said = _send(requester, sender)
    assert said == (0, None)


@both_roles
def test_interrupted_receives_are_made_again(scene: Scene, role: str):
    """A receive that is interrupted five times in a row ends nothing: the next request is answered.

    Source: eal_common_proc.c, read_msg: EINTR is no failure
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with CallInterrupted(responder, "recvmsg", times=5):
        # The receive that is under way goes through; it is the next one that is interrupted.
        _ask(requester)
        assert _ask(requester) == ANSWERED


@both_roles
def test_slow_call_only_takes_long(scene: Scene, role: str):
    """A call of IPC's that takes long, at the requester or at the responder, makes a request take longer
    and changes nothing else.

    Source: rte_eal.h, rte_mp_request_sync: ts is "how long we can wait for the peer(s) to reply"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply")
    slow = [(requester, name) for name in ("clock_gettime", "sendmsg", "pthread_cond_timedwait")]
    slow += [(requester, name) for name in ("opendir", "flock") if role == "primary"]
    slow += [(requester, "recvmsg"), (responder, "sendmsg"), (responder, "recvmsg")]
    said = {}
    for peer, function in slow:
        if function == "recvmsg":
            _ask(requester)  # What it is in already cannot be delayed any more.
        with CallDelayed(peer, function, scene.speed.brief_s):
            if function == "recvmsg":
                _ask(requester)
            said[peer.name, function] = _ask(requester)
    assert said == dict.fromkeys(said, ANSWERED)


def test_slow_send_keeps_nobody_from_registering_or_sending(scene: Scene):
    """While a request takes long to be sent, its process can register actions, send messages and reply.

    Source: guide, "Multi-process Support": the API is thread-safe; the guide names no lock
    Since: 18.05   Strength: observed
    """
    primary, secondary = breakable(scene).primary(), scene.secondary()
    primary.call("mp_action_register", name="asked", manner="reply")
    secondary.call("mp_action_register", name="ping", manner="reply")
    with CallHeld(primary, "sendmsg") as held:
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        held.wait()
        registered = primary.call("mp_action_register", name="more", manner="reply").ret
        sent = primary.call("mp_sendmsg", name="more").ret
        asked = secondary.call("mp_request_sync", name="asked", timeout="ample")
    told = request.answer().nb_received
    assert (registered, sent, asked.nb_received, told) == (0, 0, 1, 1)
