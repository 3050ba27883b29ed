# SPDX-License-Identifier: BSD-3-Clause
"""Calls leave nothing behind on the C heap, whatever becomes of them."""

import os
import socket

import pytest

from conformance.roles import both_roles, pair
from targets.peer import Peer
from targets.scene import Scene

TIMES = 400
# The smallest block that any of these calls allocates is twice as large. A request that is not freed yet
# when the heap is looked at, before or after, is some 4200 bytes: of all calls together that is little.
SMALLEST_LEAK = 24
# In seconds. Longer than all repetitions together: what is kept until the timeout is seen as kept.
LATER = 60


def _left_behind(peer: Peer, **command) -> str:
    """The memory that a call leaves behind, from the growth of the heap over many calls."""
    r = peer.call("repeat", times=TIMES, command=command)
    return "memory" if r.bytes >= TIMES * SMALLEST_LEAK else "nothing"


@both_roles
def test_messages_keep_nothing(scene: Scene, role: str):
    """Sending and receiving messages leaves no memory behind, in the sender nor in the receiver.

    Source: rte_eal.h, rte_mp_sendmsg: no ownership passes
    Since: 18.05   Strength: observed
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping", manner="silent")
    receiver.call("mp_action_register", name="last", manner="reply")
    found = [_left_behind(sender, verb="mp_sendmsg", name="unknown")]
    before = receiver.call("heap_in_use").bytes
    sender.call("repeat", times=TIMES, command={"verb": "mp_sendmsg", "name": "unknown"})
    sender.call("mp_request_sync", name="last", timeout="ample")
    grown = receiver.call("heap_in_use").bytes - before
    assert (found, grown < TIMES * SMALLEST_LEAK) == (["nothing"], True)


@both_roles
def test_registration_keeps_nothing(scene: Scene, role: str):
    """A refused registration leaves no memory behind.

    Source: rte_eal.h, rte_mp_action_register: -1 is failure
    Since: 18.05   Strength: observed
    """
    peer, _ = pair(scene, role)
    peer.call("mp_action_register", name="taken", manner=None)
    assert _left_behind(peer, verb="mp_action_register", name="taken", manner=None) == "nothing"


@both_roles
def test_unregistering_gives_back(scene: Scene, role: str):
    """Unregistering an action gives back what registering it took.

    Source: rte_eal.h, rte_mp_action_unregister
    Since: 18.05   Strength: observed
    """
    peer, _ = pair(scene, role)

    def turn() -> None:
        for number in range(TIMES):
            peer.call("mp_action_register", name=f"n{number}", manner=None)
        for number in range(TIMES):
            peer.call("mp_action_unregister", name=f"n{number}")

    turn()
    before = peer.call("heap_in_use").bytes
    turn()
    grown = peer.call("heap_in_use").bytes - before
    assert grown < TIMES * SMALLEST_LEAK


@both_roles
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "unanswered"])
def test_sync_request_keeps_nothing(scene: Scene, role: str, answered: bool):
    """A synchronous request whose replies are freed leaves no memory behind, answered or not.

    Source: rte_eal.h, rte_mp_request_sync: the caller frees reply->msgs, and owns nothing else
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply" if answered else "silent")
    timeout = "ample" if answered else 0.0002
    command = {"verb": "mp_request_sync", "name": "ping", "timeout": timeout}
    assert _left_behind(requester, **command) == "nothing"


def test_partly_answered_request_keeps_nothing(scene: Scene):
    """A synchronous request that fails after some peers have answered leaves no memory behind.

    Source: eal_common_proc.c, rte_mp_request_sync (a2a06860b8c4)
    Since: 19.05   Strength: observed
    """
    primary = scene.primary()
    peers = [scene.secondary(), scene.secondary()]
    for peer in peers:
        peer.call("mp_action_register", name="ping", manner="reply")
    # The first to be asked answers; the other one does not know the name.
    last = next(peer for peer in peers if scene.socket_of(peer).endswith(scene.sockets()[-1]))
    last.call("mp_action_unregister", name="ping")
    command = {"verb": "mp_request_sync", "name": "ping", "timeout": 0.005}
    assert _left_behind(primary, **command) == "nothing"


@both_roles
@pytest.mark.parametrize("answered", [True, False], ids=["answered", "unanswered"])
def test_async_request_keeps_nothing(scene: Scene, role: str, answered: bool):
    """An asynchronous request leaves no memory behind once its callback has returned.

    Source: guide, "Sending requests": "there is no need to free the resulting rte_mp_reply"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply" if answered else "silent")
    timeout = LATER if answered else 0.0002
    command = {"verb": "mp_request_async", "name": "ping", "timeout": timeout, "wait": True}
    assert _left_behind(requester, **command) == "nothing"


def test_async_broadcast_keeps_nothing(scene: Scene):
    """An asynchronous request to several peers leaves no memory behind once its callback has returned.

    Source: guide, "Sending requests": "there is no need to free the resulting rte_mp_reply"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    for _ in range(2):
        scene.secondary().call("mp_action_register", name="ping", manner="reply")
    command = {"verb": "mp_request_async", "name": "ping", "timeout": LATER, "wait": True}
    assert _left_behind(primary, **command) == "nothing"


@both_roles
def test_refused_async_request_keeps_nothing(scene: Scene, role: str):
    """An asynchronous request that is refused, as its name is taken, leaves no memory behind.

    Source: rte_eal.h, rte_mp_request_async: -1 is failure
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="late")
    first = requester.tell("mp_request_sync", name="ping", timeout="ample")
    responder.expect("action")
    command = {"verb": "mp_request_async", "name": "ping", "timeout": "ample", "wait": True}
    left = _left_behind(requester, **command)
    responder.call("release_action", name="ping")
    assert (first.answer().ret, left) == (0, "nothing")


@both_roles
def test_async_request_without_timeout_keeps_nothing(scene: Scene, role: str):
    """An asynchronous request that is refused for its timeout of zero leaves no memory behind.

    Source: rte_eal.h, rte_mp_request_async: -1 is failure
    Since: 18.05   Strength: observed
    """
    requester, _ = pair(scene, role)
    command = {"verb": "mp_request_async", "name": "ping", "timeout": 0, "wait": True}
    assert _left_behind(requester, **command) == "nothing"


def test_failed_broadcast_keeps_nothing(scene: Scene):
    """Requests that fail because an entry of the directory cannot be sent to leave no memory behind.

    Source: rte_eal.h, rte_mp_request_sync and rte_mp_request_async: -1 is failure
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    scene.isolation.inside(stream.bind, f"{scene.runtime}/mp_socket_m")
    stream.listen()
    common = {"name": "ping", "timeout": "ample"}
    left = {
        "sync": _left_behind(primary, verb="mp_request_sync", **common),
        "async": _left_behind(primary, verb="mp_request_async", wait=True, **common),
    }
    stream.close()
    assert left == {"sync": "nothing", "async": "nothing"}


def test_request_without_directory_keeps_nothing(scene: Scene):
    """Requests that fail because the runtime directory is gone leave no memory behind.

    Source: rte_eal.h, rte_mp_request_sync and rte_mp_request_async: -1 is failure
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    scene.isolation.inside(os.rename, scene.runtime, scene.runtime + ".gone")
    common = {"name": "ping", "timeout": "ample"}
    left = {
        "sync": _left_behind(primary, verb="mp_request_sync", **common),
        "async": _left_behind(primary, verb="mp_request_async", wait=True, **common),
    }
    scene.isolation.inside(os.rename, scene.runtime + ".gone", scene.runtime)
    assert left == {"sync": "nothing", "async": "nothing"}
