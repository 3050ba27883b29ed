# SPDX-License-Identifier: BSD-3-Clause
"""Descriptors that a datagram claims, against those that it carries: nobody's files are lost or kept."""

import os
import struct

import pytest

from conformance.roles import both_roles, pair, subject
from faults.call import CallFails, breakable
from faults.ghost import Ghost
from faults.process import FewDescriptors
from faults.unix_socket import MOST_FDS
from targets.outcome import Unavailable
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType, encode


def _mine(peer: Peer) -> int:
    """A file that the peer has opened for itself."""
    path = peer.directory / "mine"
    path.write_bytes(b"mine")
    return int(peer.call("open", path=str(path)).ret)


def _open(count: int) -> list[int]:
    return [os.open("/dev/null", os.O_RDONLY) for _ in range(count)]


def _answers(ghost: Ghost, peer: str) -> str:
    """True if a process whose IPC socket is `peer` answers now."""
    ghost.send(MpType.MP_REQ, "next", to=peer)
    return "answered" if ghost.hears_within(ghost.scene.speed.patience_s) else "no answer"


@pytest.mark.parametrize("role", ["primary", "secondary"])
@pytest.mark.parametrize("kind", list(MpType), ids=["message", "request", "reply", "ignore"])
def test_unfounded_claim_closes_nothing(scene: Scene, role: str, kind: MpType):
    """A datagram that claims a descriptor and carries none makes the receiver close none of its own.

    Source: eal_common_proc.c, cleanup_msg_fds: closes what was received
    Since: 18.05   Strength: observed
    """
    peer = subject(scene, role)
    peer.call("mp_action_register", name="ping", manner="silent")
    peer.call("mp_action_register", name="next", manner="reply")
    fds = _open(1)
    with Ghost(scene) as ghost:
        address = scene.socket_of(peer)
        ghost.send(MpType.MP_MSG, "ping", fds=fds, to=address)
        kept = peer.expect("action").msg.fds[0].fd
        claim = encode(ghost.layout, kind, "unknown", num_fds=1)
        # Where the datagram ends inside the array of descriptors, the first number is the sender's.
        end = ghost.layout.param.end
        ghost.send_raw((claim[:end] + struct.pack("=i", kept))[: len(claim)], to=address)
        assert _answers(ghost, address) == "answered"
    os.close(fds[0])
    assert peer.call("close", fd=kept).ret == 0


@pytest.mark.parametrize("role", ["primary", "secondary"])
@pytest.mark.parametrize("claimed", [0, 1])
def test_unclaimed_descriptors_are_not_kept(scene: Scene, role: str, claimed: int):
    """The receiver of a datagram that carries more descriptors than it claims keeps none of them.

    Source: eal_common_proc.c, cleanup_msg_fds (a64a4564705d): descriptors of what is dropped are closed
    Since: 18.05   Strength: observed
    """
    peer = subject(scene, role)
    peer.call("mp_action_register", name="next", manner="reply")
    before = peer.open_files()
    fds = _open(3)
    with Ghost(scene) as ghost:
        address = scene.socket_of(peer)
        ghost.send(MpType.MP_MSG, "unknown", fds=fds, num_fds=claimed, to=address)
        assert _answers(ghost, address) == "answered"
    for fd in fds:
        os.close(fd)
    assert peer.open_files() - before == 0


@pytest.mark.parametrize("role", ["primary", "secondary"])
def test_more_descriptors_than_fit_are_survived(scene: Scene, role: str):
    """A datagram that carries more descriptors than a message holds is dropped, and the next request
    is answered.

    Source: eal_common_proc.c, read_msg: MSG_CTRUNC; 20.11.0 to 20.11.4 do go on
    Since: 18.05   Strength: observed
    """
    peer = subject(scene, role)
    peer.call("mp_action_register", name="next", manner="reply")
    more = peer.greeting.max_fd_num + 4
    if more > MOST_FDS:
        raise Unavailable(
            f"the kernel passes {MOST_FDS} descriptors at most: {more} cannot be sent"
        )
    fds = _open(more)
    with Ghost(scene) as ghost:
        address = scene.socket_of(peer)
        ghost.send(MpType.MP_MSG, "unknown", fds=fds, num_fds=1, to=address)
        answer = _answers(ghost, address)
    for fd in fds:
        os.close(fd)
    assert answer == "answered"


@both_roles
def test_receiver_without_room_for_a_descriptor_goes_on(scene: Scene, role: str):
    """A receiver that may not open another descriptor loses the message that brings one, and answers
    the next request.

    Source: guide, "Sending messages": "a best-effort notification mechanism"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="next", manner="reply")
    fd = _mine(sender)
    with FewDescriptors(receiver, 0):
        sender.call("mp_sendmsg", name="ping", fds=[fd])
        r = sender.call("mp_request_sync", name="next", timeout="patience")
    assert (r.ret, r.rte_errno, r.nb_received) == (0, None, 1)


@pytest.mark.parametrize("verb", ["mp_request_sync", "mp_request_async"])
def test_descriptors_of_an_ignoring_peer_are_closed(scene: Scene, verb: str):
    """Descriptors that come with an MP_IGN are closed: nobody is given them.

    Source: eal_common_proc.c, cleanup_msg_fds (a64a4564705d): descriptors of what is dropped are closed
    Since: 18.11   Strength: observed
    """
    requester = scene.primary()
    fds = _open(2)
    with Ghost(scene) as ghost:
        before = requester.open_files()
        pending = requester.tell(verb, name="ping", timeout="ample")
        ghost.reply(ghost.expect("ping"), type=MpType.MP_IGN, fds=fds)
        assert pending.answer().ret == 0
        if verb == "mp_request_async":
            requester.expect("async_reply")
        kept = requester.open_files() - before
    for fd in fds:
        os.close(fd)
    assert kept == 0


@both_roles
@pytest.mark.parametrize("verb", ["mp_request_sync", "mp_request_async"])
def test_descriptors_of_a_reply_without_memory_are_closed(scene: Scene, role: str, verb: str):
    """Descriptors of a reply for which there is no memory are closed: nobody is given them.

    Source: eal_common_proc.c, cleanup_msg_fds (a64a4564705d): descriptors of what is dropped are closed
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(breakable(scene), role)
    responder.call("mp_action_register", name="ping", manner="reply", reply_fds=[_mine(responder)])
    before = requester.open_files()
    with CallFails(requester, "realloc", "ENOMEM"):
        requester.call(verb, name="ping", timeout="ample")
        if verb == "mp_request_async":
            requester.expect("async_reply")
    assert requester.open_files() - before == 0
