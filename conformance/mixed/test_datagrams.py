# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams of another release: whatever their layout, the IPC of who gets one goes on."""

import os

import pytest

from conformance.fuzz import answers
from conformance.mixed.other import Other
from conformance.roles import both_roles, subject
from faults.ghost import Ghost
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType

every_type = pytest.mark.parametrize(
    "type", list(MpType), ids=["message", "request", "reply", "ignore"]
)


def _listening(peer: Peer) -> Peer:
    """Registers a silent action, and an action that replies."""
    peer.call("mp_action_register", name="ping", manner="silent")
    peer.call("mp_action_register", name="next", manner="reply")
    return peer


def _afterwards(scene: Scene, peer: Peer) -> str:
    """What becomes of the next request to a process, in the layout of its own release."""
    with Ghost(scene, "own") as ghost:
        return "answered" if answers(ghost, peer) else "its IPC thread has ended"


@every_type
@both_roles
def test_datagram_of_another_release_is_survived(
    scene: Scene, other: Other, speaking: str, role: str, type: MpType
):
    """A datagram of another release, of any type, is taken or dropped, and the next request is answered.

    Source: eal_common_proc.c, read_msg: "sanity-check the response"; guide, "Communication between
        multiple processes"
    Since: 19.05   Strength: observed
    """
    peer = _listening(subject(scene, role))
    with Ghost(scene, "other", layout=other.layout) as ghost:
        ghost.send(type, "ping", to=scene.socket_of(peer))
        assert _afterwards(scene, peer) == "answered"


@both_roles
def test_process_of_another_release_harms_nobody(
    scene: Scene, other: Other, speaking: str, role: str
):
    """A reply that a process of another release sends to this one's socket, which rte_mp_reply takes for
    a peer like any, is taken or dropped, and the next request is answered.

    Source: rte_eal.h, rte_mp_reply: peer; eal_common_proc.c, read_msg: "sanity-check the response"
    Since: 19.05   Strength: observed
    """
    peer = _listening(subject(scene, role))
    listener = Ghost(scene, "listener", layout=other.layout)
    address, prefix, scene.prefix = scene.socket_of(peer), scene.prefix, "elsewhere"
    sender = scene.primary(dpdk=other.dpdk)
    scene.prefix = prefix
    with listener:
        sender.call("mp_reply", name="ping", peer=listener.address)
        listener.expect("ping", MpType.MP_REP)
        sent = sender.call("mp_reply", name="ping", peer=address)
    assert (sent.ret, _afterwards(scene, peer)) == (0, "answered")


@both_roles
def test_descriptors_of_another_release_are_survived(
    scene: Scene, other: Other, speaking: str, passing: str, role: str
):
    """A message of another release with as many descriptors as one may have there is taken or dropped,
    and the next request is answered.

    Source: rte_eal.h, RTE_MP_MAX_FD_NUM; eal_common_proc.c, read_msg: "sanity-check the response"
    Since: 19.05   Strength: observed
    """
    peer = _listening(subject(scene, role))
    with Ghost(scene, "other", layout=other.layout) as ghost:
        fds = [os.open(os.devnull, os.O_RDONLY) for _ in range(other.most_fds)]
        ghost.send(MpType.MP_MSG, "ping", fds=fds, to=scene.socket_of(peer))
        for fd in fds:
            os.close(fd)
        assert _afterwards(scene, peer) == "answered"


@pytest.mark.parametrize("type", [MpType.MP_REP, MpType.MP_IGN], ids=["reply", "ignore"])
@pytest.mark.parametrize("verb", ["mp_request_sync", "mp_request_async"])
def test_request_that_another_release_answers_ends(
    scene: Scene, other: Other, speaking: str, verb: str, type: MpType
):
    """A request that is answered in the layout of another release ends: with the answer, or with its
    timeout.

    Source: guide, "Sending requests"; rte_eal.h, rte_mp_request_sync: ts
    Since: 18.05   Strength: documented
    """
    requester = _listening(scene.primary())
    with Ghost(scene) as ghost:
        pending = requester.tell(verb, name="ping", timeout="patience")
        asked = ghost.expect("ping", MpType.MP_REQ)
        ghost.layout = other.layout
        ghost.reply(asked, type=type)
        done = pending.answer()
        if verb == "mp_request_async":
            done = requester.expect("async_reply", of=pending.id)
    assert done.nb_received <= done.nb_sent <= 1
