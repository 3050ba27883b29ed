# SPDX-License-Identifier: BSD-3-Clause
"""Requests whose datagrams are passed, lost, doubled or late on their way between real processes."""

from conformance.roles import both_roles, pair
from faults.relay import Relay, Rule
from targets.scene import Scene
from traffic.datagram import MpType


@both_roles
def test_passed_request_is_answered(scene: Scene, role: str):
    """A request through a go-between that only passes is answered as without it.

    Source: guide, "Sending requests"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with Relay(scene, scene.socket_of(responder), Rule("pass", "ping")):
        r = requester.call("mp_request_sync", name="ping", param=b"x", timeout="ample")
    ran = responder.expect("action")
    assert (r.ret, r.nb_sent, r.nb_received, ran.peer) == (0, 1, 1, scene.socket_of(requester))


@both_roles
def test_lost_request_times_out(scene: Scene, role: str):
    """A request that is lost times out, runs no action, and can be made again.

    Source: guide, "Sending requests"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with Relay(scene, scene.socket_of(responder), Rule("drop", "ping", most=1)):
        lost = requester.call("mp_request_sync", name="ping", timeout="brief")
        again = requester.call("mp_request_sync", name="ping", timeout="ample")
    assert (lost.rte_errno, again.nb_received) == ("ETIMEDOUT", 1)
    assert len(responder.events("action")) == 1


@both_roles
def test_lost_reply_times_out(scene: Scene, role: str):
    """A request whose reply is lost times out, though the action ran, and can be made again.

    Source: guide, "Sending requests"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with Relay(scene, scene.socket_of(requester), Rule("drop", "ping", MpType.MP_REP, most=1)):
        lost = requester.call("mp_request_sync", name="ping", timeout="brief")
        again = requester.call("mp_request_sync", name="ping", timeout="ample")
    assert (lost.rte_errno, again.nb_received) == ("ETIMEDOUT", 1)
    assert len(responder.events("action")) == 2


@both_roles
def test_doubled_request_is_answered_once(scene: Scene, role: str):
    """A request that arrives twice runs its action twice, and the requester counts one reply.

    Source: guide, "Sending requests": nb_received counts peers
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with Relay(scene, scene.socket_of(responder), Rule("double", "ping")):
        r = requester.call("mp_request_sync", name="ping", timeout="ample")
    for _ in range(2):
        responder.expect("action")
    assert (r.ret, r.nb_sent, r.nb_received) == (0, 1, 1)


@both_roles
def test_delayed_request_is_answered(scene: Scene, role: str):
    """A request that is delayed by less than its timeout is answered.

    Source: guide, "Sending requests": the timeout "after which IPC will stop waiting"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    delay_s = scene.speed.brief_s
    with Relay(scene, scene.socket_of(responder), Rule("delay", "ping", delay_s=delay_s)):
        r = requester.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_received, r.took_ns >= delay_s * 1e9) == (0, 1, True)


@both_roles
def test_ignored_request_counts_nobody(scene: Scene, role: str):
    """A request that is answered with MP_IGN on its way counts nobody and runs no action.

    Source: guide, "Misc considerations": such a peer is "non-existing"
    Since: 18.11   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    with Relay(scene, scene.socket_of(responder), Rule("ignore", "ping")):
        r = requester.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_sent, r.nb_received, responder.events("action")) == (0, 0, 0, [])


@both_roles
def test_descriptors_pass_a_go_between(scene: Scene, role: str):
    """A descriptor that goes through a go-between opens the same file.

    Source: guide, "Sending messages"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping")
    path = sender.directory / "file"
    path.write_bytes(b"through")
    fd = sender.call("open", path=str(path)).ret
    with Relay(scene, scene.socket_of(receiver), Rule("pass", "ping")):
        sender.call("mp_sendmsg", name="ping", fds=[fd])
        arrived = receiver.expect("action").msg.fds[0].fd
    got = receiver.call("pread", fd=arrived, count=64)
    assert bytes.fromhex(got.data) == b"through"
