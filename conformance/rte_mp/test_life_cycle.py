# SPDX-License-Identifier: BSD-3-Clause
"""Every call of rte_mp before rte_eal_init, while it is under way, and after rte_eal_cleanup."""

import pytest

from conformance.roles import both_roles, pair, subject
from faults.ghost import Ghost
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType

REQUESTS = ["mp_request_sync", "mp_request_async"]


def _every_sender(peer: Peer, to: str):
    said = [
        peer.call("mp_sendmsg", name="ping"),
        peer.call("mp_request_sync", name="ping", timeout="brief"),
        peer.call("mp_request_async", name="ping", timeout="brief"),
        peer.call("mp_reply", name="ping", peer=to),
    ]
    return [(r.ret, r.rte_errno) for r in said]


def test_nothing_is_sent_before_init(scene: Scene):
    """Before rte_eal_init messages and requests fail with ENOENT, and a reply with EBADF.

    Source: eal_common_proc.c, mp_send: no directory yet; send_msg: no socket yet
    Since: 19.08   Strength: observed
    """
    peer = scene.start("primary", hold=True)
    assert _every_sender(peer, "/nowhere") == [(-1, "ENOENT")] * 3 + [(-1, "EBADF")]


def test_names_are_kept_before_init(scene: Scene):
    """Before rte_eal_init names are registered, refused and unregistered as they are later.

    Source: eal_common_proc.c, rte_mp_action_register: asks for no initialisation
    Since: 18.05   Strength: observed
    """
    peer = scene.start("primary", hold=True)
    first = peer.call("mp_action_register", name="ping", manner="reply")
    second = peer.call("mp_action_register", name="ping", manner="reply")
    empty = peer.call("mp_action_register", name="", manner="reply")
    peer.call("mp_action_unregister", name="ping")
    third = peer.call("mp_action_register", name="ping", manner="reply")
    said = [(r.ret, r.rte_errno) for r in (first, second, empty, third)]
    assert said == [(0, None), (-1, "EEXIST"), (-1, "EINVAL"), (0, None)]


def test_disabling_before_init_counts(scene: Scene):
    """rte_mp_disable before rte_eal_init returns true, and no secondary can attach afterwards.

    Source: rte_eal.h, rte_mp_disable: "won't be used for the rest of the application life"
    Since: 20.11   Strength: must
    """
    peer = scene.start("primary", hold=True)
    disabled = peer.call("mp_disable").ret
    peer.call("eal_init")
    peer.expect("ready")
    refused = scene.failing("secondary")
    assert (disabled, refused.ret) == (True, -1)


@both_roles
def test_nothing_is_sent_after_cleanup(scene: Scene, role: str):
    """After rte_eal_cleanup messages, requests and replies fail with EBADF.

    Source: eal_common_proc.c, send_msg on a closed channel
    Since: 21.08   Strength: observed
    """
    cleaned, other = pair(scene, role)
    address = scene.socket_of(other)
    cleaned.cleanup()
    assert _every_sender(cleaned, address) == [(-1, "EBADF")] * 4


def test_lone_primary_sends_to_nobody_after_cleanup(scene: Scene):
    """After the rte_eal_cleanup of a lone primary a message and a synchronous request succeed: there
    is nobody to send to.

    Source: eal_common_proc.c, mp_send and rte_mp_request_sync
    Since: 21.08   Strength: observed
    """
    peer = scene.primary()
    peer.cleanup()
    message = peer.call("mp_sendmsg", name="ping")
    request = peer.call("mp_request_sync", name="ping", timeout="brief")
    assert (message.ret, request.ret, request.nb_sent) == (0, 0, 0)


@both_roles
def test_names_are_kept_after_cleanup(scene: Scene, role: str):
    """After rte_eal_cleanup the names are still registered, and can be unregistered and taken again.

    Source: eal_common_proc.c, rte_mp_channel_cleanup: leaves the actions alone
    Since: 18.05   Strength: observed
    """
    peer = subject(scene, role)
    peer.call("mp_action_register", name="ping", manner="reply")
    peer.cleanup()
    taken = peer.call("mp_action_register", name="ping", manner="reply")
    peer.call("mp_action_unregister", name="ping")
    free = peer.call("mp_action_register", name="ping", manner="reply")
    said = [(r.ret, r.rte_errno) for r in (taken, free)]
    assert said == [(-1, "EEXIST"), (0, None)]


@both_roles
def test_bad_arguments_are_told_after_cleanup(scene: Scene, role: str):
    """After rte_eal_cleanup a bad argument is still told as such.

    Source: eal_common_proc.c, check_input comes first
    Since: 18.05   Strength: observed
    """
    peer = subject(scene, role)
    peer.cleanup()
    said = [peer.call("mp_sendmsg", name="")]
    said += [peer.call(verb, name="", timeout="brief") for verb in REQUESTS]
    said += [peer.call("mp_reply", name="", peer="/nowhere")]
    assert [(r.ret, r.rte_errno) for r in said] == [(-1, "EINVAL")] * 4


def test_disabling_after_cleanup_is_survived(scene: Scene):
    """rte_mp_disable after rte_eal_cleanup returns.

    Source: rte_eal.h, rte_mp_disable: "true ... false, otherwise"
    Since: 20.11   Strength: must
    """
    peer = scene.primary()
    peer.cleanup()
    peer.call("mp_disable")  # That it comes back is the promise, whatever it says.


@both_roles
def test_cleanup_is_refused_or_done_twice(scene: Scene, role: str):
    """A second rte_eal_cleanup is survived, and the others' requests are answered as before.

    Source: rte_eal.h, rte_eal_cleanup: "0 Successfully", "-EFAULT"; 26.07: EALREADY
    Since: 21.08   Strength: observed
    """
    primary, cleaned, other = scene.primary(), scene.secondary(), scene.secondary()
    if role == "primary":
        primary.cleanup()
        assert primary.call("eal_cleanup").ret <= 0
        return
    primary.call("mp_action_register", name="ping", manner="reply")
    cleaned.cleanup()
    cleaned.call("eal_cleanup")
    r = other.call("mp_request_sync", name="ping", timeout="ample")
    assert (r.ret, r.nb_received) == (0, 1)


@pytest.mark.parametrize("argument", ["--no-shconf", "--in-memory"])
def test_cleanup_without_ipc_succeeds(scene: Scene, argument: str):
    """rte_eal_cleanup of a process that has no IPC returns 0.

    Source: rte_eal.h, rte_eal_cleanup: "0 Successfully released all internal EAL resources"
    Since: 21.08   Strength: must
    """
    assert scene.primary(argument).cleanup().ret == 0


@both_roles
def test_cleanup_ends_a_waiting_callback(scene: Scene, role: str):
    """rte_eal_cleanup returns while an action of the process waits for an answer, and afterwards calls
    fail with EBADF and do not hang.

    Source: rte_eal.h, rte_eal_cleanup: "Clean up the Environment Abstraction Layer"
    Since: 21.08   Strength: observed
    """
    cleaned, other = pair(scene, role)
    ask = {"verb": "mp_request_sync", "name": "unanswered", "timeout": "ample"}
    cleaned.call("mp_action_register", name="ping", manner="silent", inside=ask)
    other.call("mp_action_register", name="unanswered", manner="silent")
    other.call("mp_sendmsg", name="ping")
    cleaned.expect("action")
    other.expect("action")
    ret = cleaned.cleanup().ret
    after = cleaned.tell("mp_request_sync", name="next", timeout="brief")
    r = after.answer(deadline_s=2 * scene.speed.slack_s)
    assert (ret, r.ret, r.rte_errno) == (0, -1, "EBADF")


@both_roles
def test_cleanup_waits_for_a_callback_that_cannot_be_cancelled(scene: Scene, role: str):
    """rte_eal_cleanup waits for an action that has disabled its thread's cancellation, and then
    returns 0; nothing more is handled.

    Source: eal_common_proc.c, rte_mp_channel_cleanup: the thread is cancelled and joined
    Since: 21.08   Strength: observed
    """
    cleaned, other = pair(scene, role)
    cleaned.call("mp_action_register", name="ping", manner="hold", cancel=False)
    for _ in range(2):
        other.call("mp_sendmsg", name="ping")
    cleaned.expect("action")
    cleanup = cleaned.tell("eal_cleanup")
    # The callback waits, and so does the clean-up.
    scene.wait_until(lambda: cleaned.wait_channel().count("futex") >= 2, "a clean-up that waits")
    waits = not cleanup.answered
    cleaned.call("release_action", name="ping")
    r = cleanup.answer()
    assert (waits, r.ret, len(cleaned.events("action"))) == (True, 0, 0)


def test_secondary_is_asked_from_its_first_moment(scene: Scene):
    """A request that reaches a secondary in the middle of its rte_eal_init is answered: with MP_IGN
    where no action is registered yet, by the action where one is.

    Source: guide, "Misc considerations": "If a callback has been registered, IPC will assume that it
    is safe to call it"
    Since: 18.11   Strength: documented
    """
    primary = scene.primary()
    early = scene.start("secondary", hold=True)
    early.call("mp_action_register", name="ping", manner="reply")
    # The starting secondary asks the primary for its vdevs and waits for the answer: there it is held.
    primary.pause()
    early.call("eal_init")
    scene.wait_until(lambda: bool(scene.sockets()), "the secondary's socket")
    with Ghost(scene, idle=True) as asker:
        address = scene.socket_of(early)
        asker.send(MpType.MP_REQ, "ping", to=address)
        asker.send(MpType.MP_REQ, "unknown", to=address)
        asker.expect("ping", MpType.MP_REP)
        asker.expect("unknown", MpType.MP_IGN)
        primary.resume()
        early.expect("ready")
