# SPDX-License-Identifier: BSD-3-Clause
"""Messages that must be refused, and the limits that must not be: the same for all four senders."""

import pytest

from conformance.roles import both_roles, pair, subject
from faults.ghost import Ghost
from targets.peer import Peer
from targets.scene import Scene

SENDERS = ("mp_sendmsg", "mp_request_sync", "mp_request_async", "mp_reply")


def _send(peer: Peer, verb: str, **message):
    """(ret, rte_errno) of one sender."""
    if verb.startswith("mp_request"):
        message["timeout"] = "brief"
    if verb == "mp_reply":
        message["peer"] = peer.scene.runtime + "/mp_socket"
    r = peer.call(verb, **message)
    return r.ret, r.rte_errno


def _refusals(scene: Scene, role: str, **message):
    """The result of sending the message by each call; a ghost makes sure that nothing was sent."""
    peer = subject(scene, role)
    with Ghost(scene, idle=True) as ghost:
        said = {verb: _send(peer, verb, **message) for verb in SENDERS}
        assert not ghost.has_mail
    return said


def _all(errno: str):
    return {verb: (-1, errno) for verb in SENDERS}


@both_roles
def test_null_message_is_refused(scene: Scene, role: str):
    """A NULL message is refused with EINVAL by every sender.

    Source: eal_common_proc.c, check_input
    Since: 18.05   Strength: observed
    """
    assert _refusals(scene, role, msg=None) == _all("EINVAL")


@both_roles
def test_empty_name_is_refused(scene: Scene, role: str):
    """A message without a name is refused with EINVAL by every sender.

    Source: eal_common_proc.c, check_input
    Since: 18.05   Strength: observed
    """
    assert _refusals(scene, role, name="") == _all("EINVAL")


@both_roles
def test_unterminated_name_is_refused(scene: Scene, role: str):
    """A message whose name has no NUL in its 64 bytes is refused with E2BIG by every sender.

    Source: eal_common_proc.c, validate_action_name
    Since: 18.05   Strength: observed
    """
    assert _refusals(scene, role, name="n" * 64) == _all("E2BIG")


@both_roles
@pytest.mark.parametrize("length", [-1, -(2**31)])
def test_negative_length_is_refused(scene: Scene, role: str, length: int):
    """A negative len_param is refused with EINVAL by every sender.

    Source: eal_common_proc.c, check_input (6e5d779ecb9a)
    Since: 19.05   Strength: observed
    """
    assert _refusals(scene, role, name="ping", len_param=length) == _all("EINVAL")


@both_roles
def test_negative_fd_count_is_refused(scene: Scene, role: str):
    """A negative num_fds is refused with EINVAL by every sender.

    Source: eal_common_proc.c, check_input (6e5d779ecb9a)
    Since: 19.05   Strength: observed
    """
    assert _refusals(scene, role, name="ping", num_fds=-1) == _all("EINVAL")


@both_roles
def test_parameter_of_257_bytes_is_refused(scene: Scene, role: str):
    """A len_param over RTE_MP_MAX_PARAM_LEN is refused with E2BIG by every sender.

    Source: guide, "Sending messages": "message data (up to 256 bytes)"
    Since: 18.05   Strength: documented
    """
    assert _refusals(scene, role, name="ping", len_param=257) == _all("E2BIG")


@both_roles
def test_one_fd_too_many_is_refused(scene: Scene, role: str):
    """A num_fds over RTE_MP_MAX_FD_NUM is refused with E2BIG by every sender.

    Source: guide, "Sending messages": the number of file descriptors is limited
    Since: 18.05   Strength: documented
    """
    peer = subject(scene, role)
    most = peer.greeting.max_fd_num
    said = {verb: _send(peer, verb, name="ping", num_fds=most + 1) for verb in SENDERS}
    assert said == _all("E2BIG")


@both_roles
def test_refused_request_empties_the_reply(scene: Scene, role: str):
    """A refused synchronous request leaves a reply with nothing sent, nothing received and no msgs.

    Source: eal_common_proc.c, rte_mp_request_sync (b4f62e586279)
    Since: 18.11   Strength: observed
    """
    r = subject(scene, role).call("mp_request_sync", name="", timeout="brief")
    assert (r.nb_sent, r.nb_received, r.msgs) == (0, 0, None)


@both_roles
def test_reply_to_null_is_refused(scene: Scene, role: str):
    """rte_mp_reply to a NULL peer fails with EINVAL.

    Source: eal_common_proc.c, rte_mp_reply
    Since: 18.05   Strength: observed
    """
    r = subject(scene, role).call("mp_reply", name="ping", peer=None)
    assert (r.ret, r.rte_errno) == (-1, "EINVAL")


@both_roles
def test_closed_fd_is_refused(scene: Scene, role: str):
    """A descriptor that is not open makes the call fail with EBADF, and nothing is delivered.

    Source: eal_common_proc.c, send_msg: sendmsg(2)'s errno
    Since: 18.05   Strength: observed
    """
    sender, receiver = pair(scene, role)
    for name in ("ping", "last"):
        receiver.call("mp_action_register", name=name)
    r = sender.call("mp_sendmsg", name="ping", fds=[999])
    sender.call("mp_sendmsg", name="last")
    assert (r.ret, r.rte_errno) == (-1, "EBADF")
    assert receiver.expect("action").action == "last"


@both_roles
@pytest.mark.parametrize("length", [0, 1, 255, 256])
def test_parameter_arrives_intact(scene: Scene, role: str, length: int):
    """A parameter of any length up to 256 bytes arrives as it was sent, and so does the reply's.

    Source: guide, "Receiving and responding to messages": contents "identical to ones sent"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply")
    sent = bytes((7 * n + 3) % 256 for n in range(length))
    r = requester.call("mp_request_sync", name="ping", param=sent, timeout="ample")
    ran = responder.expect("action")
    assert (ran.msg.len_param, ran.msg.param) == (length, sent.hex())
    assert (r.msgs[0].len_param, r.msgs[0].param) == (length, sent.hex())
