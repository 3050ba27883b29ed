# SPDX-License-Identifier: BSD-3-Clause
"""Passed file descriptors: what arrives, who owns it, and what happens to those nobody takes."""

import os

import pytest

from conformance.roles import both_roles, in_order, pair
from faults.ghost import Ghost
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType


def _files(peer: Peer, count: int):
    """Opens real files in a peer; their descriptors and what stands in each."""
    fds, texts = [], []
    for number in range(count):
        path = peer.directory / f"file{number}"
        texts.append(f"{peer.name} file {number}".encode())
        path.write_bytes(texts[-1])
        fds.append(peer.call("open", path=str(path)).ret)
    return fds, texts


def _read(peer: Peer, msg):
    """The contents of the files whose descriptors came with a message."""
    data = [peer.call("pread", fd=fd.fd, count=64).data for fd in msg.fds]
    return [bytes.fromhex(text) for text in data]


@both_roles
@pytest.mark.parametrize("most", [False, True], ids=["one", "most"])
def test_descriptors_arrive(scene: Scene, role: str, most: bool):
    """A message's descriptors, up to RTE_MP_MAX_FD_NUM, arrive in order and open the same files.

    Source: guide, "Sending messages": "file descriptors to pass along with the data"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping")
    fds, texts = _files(sender, sender.greeting.max_fd_num if most else 1)
    assert sender.call("mp_sendmsg", name="ping", fds=fds).ret == 0
    msg = receiver.expect("action").msg
    assert (msg.num_fds, _read(receiver, msg)) == (len(fds), texts)


@both_roles
def test_reply_carries_descriptors(scene: Scene, role: str):
    """A reply's descriptors arrive in the requester and open the same files.

    Source: guide, "Receiving and responding to messages"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    fds, texts = _files(responder, 3)
    responder.call("mp_action_register", name="ping", manner="reply", reply_fds=fds)
    r = requester.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.msgs[0].num_fds, _read(requester, r.msgs[0])) == (3, texts)


@both_roles
def test_async_reply_carries_descriptors(scene: Scene, role: str):
    """An asynchronous reply's descriptors arrive in the callback, stay open after it, and work.

    Source: guide, "Receiving and responding to messages"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    fds, texts = _files(responder, 2)
    responder.call("mp_action_register", name="ping", manner="reply", reply_fds=fds)
    requester.call("mp_request_async", name="ping", timeout="ample")
    done = requester.expect("async_reply")
    assert _read(requester, done.msgs[0]) == texts


@both_roles
def test_sender_keeps_its_descriptors(scene: Scene, role: str):
    """Sending a descriptor neither closes nor moves the sender's own.

    Source: unix(7), SCM_RIGHTS; eal_common_proc.c, send_msg
    Since: 18.05   Strength: observed
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping")
    fds, texts = _files(sender, 1)
    sender.call("mp_sendmsg", name="ping", fds=fds)
    receiver.expect("action")
    kept = sender.call("pread", fd=fds[0], count=64)
    assert bytes.fromhex(kept.data) == texts[0]


@both_roles
def test_receiver_owns_what_it_handled(scene: Scene, role: str):
    """Descriptors of a handled message belong to the receiver: they stay open until it closes them.

    Source: eal_common_proc.c, process_msg: only unhandled messages are cleaned up
    Since: 18.05   Strength: observed
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping")
    before = receiver.open_files()
    fds, _ = _files(sender, 2)
    sender.call("mp_sendmsg", name="ping", fds=fds)
    msg = receiver.expect("action").msg
    after = receiver.open_files()
    closed = [receiver.call("close", fd=fd.fd).ret for fd in msg.fds]
    assert (after - before, closed, receiver.open_files() - before) == (2, [0, 0], 0)


@both_roles
@pytest.mark.parametrize("kind", ["mp_sendmsg", "mp_request_sync"])
def test_unhandled_descriptors_are_closed(scene: Scene, role: str, kind: str):
    """Descriptors of a message or request without an action are closed by DPDK.

    Source: eal_common_proc.c, cleanup_msg_fds (a64a4564705d; 20.11.9, 21.11.5, 22.11.3)
    Since: 23.07   Strength: observed
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="last")
    before = receiver.open_files()
    fds, _ = _files(sender, 3)
    timeout = {"timeout": "brief"} if kind == "mp_request_sync" else {}
    sender.call(kind, None, name="unknown", fds=fds, **timeout)
    sender.call("mp_sendmsg", name="last")
    receiver.expect("action")
    assert receiver.open_files() - before == 0


@both_roles
def test_late_reply_descriptors_are_closed(scene: Scene, role: str):
    """Descriptors of a reply that nobody waits for any more are closed by DPDK.

    Source: eal_common_proc.c, cleanup_msg_fds (a64a4564705d; 20.11.9, 21.11.5, 22.11.3)
    Since: 23.07   Strength: observed
    """
    requester, responder = pair(scene, role)
    fds, _ = _files(responder, 3)
    responder.call("mp_action_register", name="ping", manner="late", reply_fds=fds)
    responder.call("mp_action_register", name="last", manner="reply")
    before = requester.open_files()
    assert requester.call("mp_request_sync", name="ping", timeout="brief").rte_errno == "ETIMEDOUT"
    responder.call("release_action", name="ping")
    responder.expect("replied", action="ping")
    requester.call("mp_request_sync", name="last", timeout="ample")
    assert requester.open_files() - before == 0


def test_failed_request_keeps_no_descriptors(scene: Scene):
    """A synchronous request that fails leaves no descriptor open: its caller gets none to close.

    Source: rte_eal.h, rte_mp_request_sync: the caller owns reply->msgs, which a failed call empties
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    before = primary.open_files()
    here = os.open("/dev/null", os.O_RDONLY)
    with Ghost(scene, "a") as one, Ghost(scene, "b") as two:
        first, silent = in_order(scene, one, two)
        request = primary.tell("mp_request_sync", name="ping", timeout="patience")
        first.reply(first.expect("ping"), fds=[here, here])
        silent.expect("ping")
        assert request.answer().ret == -1
    os.close(here)
    assert primary.open_files() - before == 0


def test_forged_reply_descriptors_are_closed(scene: Scene):
    """Descriptors of a reply to a request that was never made are closed by DPDK.

    Source: eal_common_proc.c, cleanup_msg_fds (a64a4564705d; 20.11.9, 21.11.5, 22.11.3)
    Since: 23.07   Strength: observed
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="last")
    before = primary.open_files()
    here = os.open("/dev/null", os.O_RDONLY)
    with Ghost(scene) as ghost:
        ghost.send(MpType.MP_REP, "never asked", fds=[here, here])
        ghost.send(MpType.MP_IGN, "never asked", fds=[here])
        ghost.send(MpType.MP_MSG, "last")
        primary.expect("action")
    os.close(here)
    assert primary.open_files() - before == 0
