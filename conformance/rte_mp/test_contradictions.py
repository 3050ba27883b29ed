# SPDX-License-Identifier: BSD-3-Clause
"""Contradictions between guide, header and code: which of the two this release follows.

Each clause quotes both sides and holds if the release does what its documentation says; a record in
expected/ says "the code", or whichever other side it follows.
"""

from __future__ import annotations

import os
from typing import Any

from conformance.roles import both_roles, pair, queue_room
from faults.ghost import Ghost
from faults.process import Killed, Stopped
from targets.outcome import Unavailable
from targets.scene import Scene


def _followed(seen: Any, **sides: Any) -> str:
    """The name of the side that agrees with what is seen; each side is given with what would be seen if
    DPDK followed it."""
    for side, would_be_seen in sides.items():
        if seen == would_be_seen:
            return f"the {side}"
    return f"neither: {seen!r}"


def test_missing_answer_is_no_error(scene: Scene):
    """A synchronous request to two peers of which one does not answer is no error, says the guide.

    Guide, "Misc considerations": nb_sent and nb_received "will not have matching values. This is not
    treated as error by the IPC API". Code, rte_mp_request_sync: the first missing answer ends the call
    with -1, ETIMEDOUT, and frees the replies.
    Source: guide, "Misc considerations", against eal_common_proc.c, rte_mp_request_sync
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    for manner in ("reply", "silent"):
        scene.secondary().call("mp_action_register", name="ping", manner=manner)
    r = primary.call("mp_request_sync", name="ping", timeout="patience")
    seen = (r.ret, r.nb_received)
    assert _followed(seen, guide=(0, 1), code=(-1, 0)) == "the guide"


def test_number_sent_is_the_number_of_active_peers(scene: Scene):
    """A synchronous request to two silent peers was sent to both, says the guide.

    Guide, "Sending requests": nb_sent is "how many peer processes were active at the time of the
    request". Code, rte_mp_request_sync: counts up to the first one that does not answer.
    Source: guide, "Sending requests", against eal_common_proc.c, rte_mp_request_sync
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    for _ in range(2):
        scene.secondary().call("mp_action_register", name="ping", manner="silent")
    r = primary.call("mp_request_sync", name="ping", timeout="brief")
    assert _followed(r.nb_sent, guide=2, code=1) == "the guide"


@both_roles
def test_message_is_identical_to_the_one_sent(scene: Scene, role: str):
    """A message with a descriptor arrives as it was sent, the descriptor's number too, says the guide.

    Guide, "Receiving and responding to messages": "Contents of msg will be identical to ones sent by
    the sender". Code, read_msg: fds holds the receiver's own, new numbers, as SCM_RIGHTS gives them.
    Source: guide, "Receiving and responding to messages", against eal_common_proc.c, read_msg
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping")
    path = sender.directory / "file"
    path.write_bytes(b"mine")
    ours = [sender.call("open", path=str(path)).ret for _ in range(40)][-1]
    sender.call("mp_sendmsg", name="ping", fds=[ours])
    theirs = receiver.expect("action").msg.fds[0]
    seen = (theirs.fd == ours, theirs.ino == path.stat().st_ino)
    assert _followed(seen, guide=(True, True), code=(False, True)) == "the guide"


def test_limit_of_descriptors(scene: Scene):
    """A message carries up to eight descriptors, says the guide.

    Guide, "Sending messages": "up to 8 fd's". Header, RTE_MP_MAX_FD_NUM: 253 from 24.11 on.
    Source: guide, "Sending messages", against rte_eal.h, RTE_MP_MAX_FD_NUM
    Since: 18.05   Strength: documented
    """
    peer = scene.primary()
    assert _followed(peer.greeting.max_fd_num, guide=8, header=253) == "the guide"


def test_replies_are_freed_by_the_name_in_the_header(scene: Scene):
    """The caller of rte_mp_request_sync frees reply->replies, says the header's note.

    Header, its note: "The caller is responsible to free reply->replies." Header, struct rte_mp_reply:
    there is no such field; it is msgs.
    Source: rte_eal.h, rte_mp_request_sync, against struct rte_mp_reply
    Since: 19.05   Strength: must
    """
    fields = scene.primary().greeting.reply_fields
    assert _followed(fields, note=["replies"], struct=["msgs"]) == "the note"


def test_unregistering_says_why(scene: Scene):
    """Unregistering an action where IPC is not supported can be told by ENOTSUP, says the header.

    Header, rte_mp_action_unregister: "IPC may be unsupported in certain circumstances, so caller should
    check for ENOTSUP error." Code: returns nothing, and leaves rte_errno alone.
    Source: rte_eal.h, rte_mp_action_unregister, against eal_common_proc.c
    Since: 19.08   Strength: must
    """
    r = scene.primary("--no-shconf").call("mp_action_unregister", name="ping")
    assert _followed(r.rte_errno, header="ENOTSUP", code=None) == "the header"


def test_unsent_reply_is_a_failure(scene: Scene):
    """A reply where IPC is not supported fails, says the header.

    Header, rte_mp_reply: "On failure, return -1, and the reason will be stored in rte_errno." Code: 0
    under --no-shconf, and nothing is sent.
    Source: rte_eal.h, rte_mp_reply, against eal_common_proc.c
    Since: 19.08   Strength: must
    """
    r = scene.primary("--no-shconf").call("mp_reply", name="ping", peer="/nowhere")
    seen = (r.ret, r.rte_errno)
    assert _followed(seen, header=(-1, "ENOTSUP"), code=(0, None)) == "the header"


@both_roles
def test_failed_async_request_has_a_reason(scene: Scene, role: str):
    """An asynchronous request that fails for its timeout of zero has a reason, says the header.

    Header, rte_mp_request_async: "On failure, return -1, and the reason will be stored in rte_errno."
    Code: the alarm's error is dropped, rte_errno untouched.
    Source: rte_eal.h, rte_mp_request_async, against eal_common_proc.c, mp_request_async
    Since: 18.11   Strength: must
    """
    requester, _ = pair(scene, role)
    r = requester.call("mp_request_async", name="ping", timeout=0)
    seen = (r.ret, r.rte_errno is not None)
    assert _followed(seen, header=(-1, True), code=(-1, False)) == "the header"


def test_async_request_does_not_block(scene: Scene):
    """An asynchronous request to a peer whose queue is full does not block, says the header.

    Header, rte_mp_request_async: "will not block". Code, send_msg: a sendmsg(2) that waits for room,
    with the pending requests' lock held.
    Source: rte_eal.h, rte_mp_request_async, against eal_common_proc.c, send_msg
    Since: 18.05   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    with Stopped(secondary):
        for _ in range(queue_room(scene)):
            primary.call("mp_sendmsg", name="fill")
        asked = primary.tell("mp_request_async", name="ping", timeout="ample")
        scene.wait_until(
            lambda: asked.answered or "unix_wait_for_peer" in primary.wait_channel(),
            "an answer, or a blocked sender",
        )
        seen = "returned" if asked.answered else "blocked"
    asked.answer()
    assert _followed(seen, header="returned", code="blocked") == "the header"


def test_callback_of_a_request_to_nobody(scene: Scene):
    """An asynchronous request of a primary without secondaries runs its callback, says the guide.

    Guide, "Sending requests": it is called when the request "either has timed out, or will have received
    a response to all the messages that were sent". Code up to 26.03: it never is.
    Source: guide, "Sending requests", against eal_common_proc.c, rte_mp_request_async
    Since: 18.08   Strength: documented
    """
    primary = scene.primary()
    asked = primary.tell("mp_request_async", name="nobody", timeout="brief")
    assert asked.answer().ret == 0
    with Ghost(scene) as ghost:
        later = primary.tell("mp_request_async", name="later", timeout="patience")
        ghost.expect("later")
        later.answer()
        primary.expect("async_reply", of=later.id)
    seen = len(primary.events("async_reply", of=asked.id))
    assert _followed(seen, guide=1, code=0) == "the guide"


@both_roles
def test_unregistering_waits_for_a_running_callback(scene: Scene, role: str):
    """Unregistering an action does not wait for its callback, if that is running.

    Guide, "Registering for incoming messages": it is called "to ensure that callback will not be
    triggered again", so its code could be unloaded. Code, process_msg: the callback runs without a lock,
    and nobody waits for it.
    Source: guide, "Registering for incoming messages", against eal_common_proc.c, process_msg
    Since: 18.05   Strength: measured
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping", manner="hold")
    sender.call("mp_sendmsg", name="ping")
    receiver.expect("action")
    receiver.call("mp_action_unregister", name="ping")
    running = receiver.events("replied") == []
    receiver.call("release_action", name="ping")
    receiver.expect("replied")
    assert running is True


def test_sockets_of_the_dead_are_cleaned_up(scene: Scene):
    """The socket of a killed secondary is gone once another one has started, says the commit.

    Commit 0a529578f162 (19.02): removes "every unlocked file at initialization that matches either
    socket or fbarray naming convention". Code, eal_clean_runtime_dir: opens each to lock it, which
    fails with ENXIO on a socket, so none ever is.
    Source: release 19.02, 0a529578f162, against eal.c, eal_clean_runtime_dir
    Since: 19.02   Strength: documented
    """
    scene.primary()
    victim = scene.secondary()
    dead = scene.socket_of(victim).rpartition("/")[2]
    with Killed(victim):
        scene.secondary()
        seen = "kept" if dead in scene.sockets() else "removed"
    assert _followed(seen, commit="removed", code="kept") == "the commit"


def test_configuration_file_has_its_documented_name(scene: Scene):
    """The shared configuration is a file named .rte_config, says the guide.

    Guide, "Running Multiple Independent DPDK Applications": files "using the .rte_config filename". Code,
    eal_runtime_config_path: config, in the runtime directory.
    Source: guide, "Multi-process Support", against eal_filesystem.h
    Since: 18.08   Strength: documented
    """
    scene.primary()
    names = scene.isolation.inside(os.listdir, scene.runtime)
    seen = [name for name in names if name.endswith("config")]
    assert _followed(seen, guide=[".rte_config"], code=["config"]) == "the guide"


def test_runtime_directory_of_a_user(scene: Scene):
    """XDG_RUNTIME_DIRECTORY moves the runtime directory of a user's processes, says the guide.

    Guide, "Running Multiple Independent DPDK Applications": "$XDG_RUNTIME_DIRECTORY/dpdk". Code,
    eal_create_runtime_dir: XDG_RUNTIME_DIR.
    Source: guide, "Multi-process Support", against eal_filesystem.c, eal_create_runtime_dir
    Since: 18.08   Strength: documented
    """
    scene.need_network()
    if scene.root is not None:
        raise Unavailable("a user namespace cannot be made in a chroot, in which the peers are")
    for folder in ("guide", "code"):
        scene.isolation.inside(os.mkdir, f"/run/{folder}")
    # In a user namespace of its own a process is nobody to itself, and keeps its rights to the files.
    scene.argv_prefix = (
        "unshare",
        "--user",
        "env",
        "XDG_RUNTIME_DIRECTORY=/run/guide",
        "XDG_RUNTIME_DIR=/run/code",
    )
    scene.isolation.eal = ["--no-huge", "-m", "64"]
    scene.primary()
    sides = {side: scene.isolation.inside(os.listdir, f"/run/{side}") for side in ("guide", "code")}
    seen = [side for side, there in sides.items() if there]
    assert _followed(seen, guide=["guide"], code=["code"]) == "the guide"
