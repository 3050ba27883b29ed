# SPDX-License-Identifier: BSD-3-Clause
"""rte_mp_action_register and rte_mp_action_unregister: names, and who answers to them."""

from conformance.roles import both_roles, pair, subject
from faults.ghost import Ghost
from targets.scene import Scene
from traffic.datagram import MpType

LONGEST = "n" * 63


def _ask(requester, name="ping"):
    """The parameter that came back, or the errno."""
    r = requester.call("mp_request_sync", name=name, timeout="ample")
    return bytes.fromhex(r.msgs[0].param) if r.nb_received else r.rte_errno


@both_roles
def test_registered_action_is_called(scene: Scene, role: str):
    """A message runs the action that is registered under its name, once, with the sender's path.

    Source: guide, "Registering for incoming messages"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    assert receiver.call("mp_action_register", name="ping").ret == 0
    assert receiver.call("mp_action_register", name="other").ret == 0
    sender.call("mp_sendmsg", name="ping", param=b"hello")
    sender.call("mp_sendmsg", name="other")
    ran = receiver.expect("action")
    receiver.expect("action", action="other")
    assert (ran.action, ran.msg.name, ran.msg.param, ran.peer) == (
        "ping",
        "ping",
        b"hello".hex(),
        scene.socket_of(sender),
    )
    assert receiver.events("action") == []


@both_roles
def test_name_is_taken_once(scene: Scene, role: str):
    """A second registration of a name fails with EEXIST, and the first stays in force.

    Source: rte_eal.h, rte_mp_action_register: "the nonredundant key to find the action"
    Since: 18.05   Strength: must
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"first")
    again = responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"second")
    assert (again.ret, again.rte_errno, _ask(requester)) == (-1, "EEXIST", b"first")


@both_roles
def test_null_name_is_refused(scene: Scene, role: str):
    """Registering a NULL name fails with EINVAL.

    Source: eal_common_proc.c, validate_action_name
    Since: 18.05   Strength: observed
    """
    r = subject(scene, role).call("mp_action_register", name=None)
    assert (r.ret, r.rte_errno) == (-1, "EINVAL")


@both_roles
def test_empty_name_is_refused(scene: Scene, role: str):
    """Registering an empty name fails with EINVAL.

    Source: eal_common_proc.c, validate_action_name
    Since: 18.05   Strength: observed
    """
    r = subject(scene, role).call("mp_action_register", name="")
    assert (r.ret, r.rte_errno) == (-1, "EINVAL")


@both_roles
def test_name_of_64_bytes_is_refused(scene: Scene, role: str):
    """Registering a name of RTE_MP_MAX_NAME_LEN bytes or more fails with E2BIG.

    Source: eal_common_proc.c, validate_action_name; rte_eal.h, RTE_MP_MAX_NAME_LEN
    Since: 18.05   Strength: observed
    """
    peer = subject(scene, role)
    answers = [peer.call("mp_action_register", name="n" * length) for length in (64, 65, 300)]
    assert [(r.ret, r.rte_errno) for r in answers] == [(-1, "E2BIG")] * 3


@both_roles
def test_name_of_63_bytes_is_whole(scene: Scene, role: str):
    """A name of 63 bytes is accepted, and told from one that differs in its last byte only.

    Source: rte_eal.h, RTE_MP_MAX_NAME_LEN: 64 bytes with the terminating NUL
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    twin = LONGEST[:-1] + "m"
    for name, param in ((LONGEST, b"this"), (twin, b"twin")):
        r = responder.call("mp_action_register", name=name, manner="reply", reply_param=param)
        assert (r.ret, r.rte_errno) == (0, None)
    assert (_ask(requester, LONGEST), _ask(requester, twin)) == (b"this", b"twin")


@both_roles
def test_names_match_whole(scene: Scene, role: str):
    """A name matches whole: neither its beginning nor a continuation of it runs the action.

    Source: guide, "Receiving and responding to messages": the callback's name must match
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    for name in ("ping", "last"):
        receiver.call("mp_action_register", name=name)
    for name in ("pin", "pings", "PING", "last"):
        sender.call("mp_sendmsg", name=name)
    assert receiver.expect("action").action == "last"


@both_roles
def test_null_callback_takes_the_name(scene: Scene, role: str):
    """A NULL callback takes the name, and its messages count as unhandled.

    Source: eal_common_proc.c, rte_mp_action_register and process_msg
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    first = responder.call("mp_action_register", name="ping", manner=None)
    second = responder.call("mp_action_register", name="ping", manner="reply")
    r = requester.call("mp_request_sync", name="ping", timeout="brief")
    assert (first.ret, second.rte_errno, r.rte_errno) == (0, "EEXIST", "ETIMEDOUT")


@both_roles
def test_unregistered_action_is_not_called(scene: Scene, role: str):
    """After rte_mp_action_unregister has returned, the next message does not run the action.

    Source: guide, "Registering for incoming messages": "callback will not be triggered again"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    for name in ("ping", "last"):
        receiver.call("mp_action_register", name=name)
    receiver.call("mp_action_unregister", name="ping")
    sender.call("mp_sendmsg", name="ping")
    sender.call("mp_sendmsg", name="last")
    assert receiver.expect("action").action == "last"


@both_roles
def test_name_can_be_registered_again(scene: Scene, role: str):
    """An unregistered name can be registered again, and then runs the new action.

    Source: guide, "Registering for incoming messages"
    Since: 18.05   Strength: documented
    """
    requester, responder = pair(scene, role)
    responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"old")
    responder.call("mp_action_unregister", name="ping")
    again = responder.call("mp_action_register", name="ping", manner="reply", reply_param=b"new")
    assert (again.ret, _ask(requester)) == (0, b"new")


@both_roles
def test_unregister_takes_one_name(scene: Scene, role: str):
    """Unregistering leaves all other names alone; an unknown name is no error.

    Source: rte_eal.h, rte_mp_action_unregister
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    for name in ("a", "b", "c"):
        responder.call("mp_action_register", name=name, manner="reply", reply_param=name.encode())
    gone = [responder.call("mp_action_unregister", name=n).rte_errno for n in ("b", "never")]
    assert (gone, _ask(requester, "a"), _ask(requester, "c")) == ([None, None], b"a", b"c")


@both_roles
def test_unregister_tells_a_bad_name(scene: Scene, role: str):
    """Unregistering a NULL, empty or too long name sets rte_errno, though nothing is returned.

    Source: eal_common_proc.c, validate_action_name
    Since: 18.05   Strength: observed
    """
    peer = subject(scene, role)
    told = [peer.call("mp_action_unregister", name=n).rte_errno for n in (None, "", "n" * 64)]
    assert told == ["EINVAL", "EINVAL", "E2BIG"]


@both_roles
def test_actions_can_be_changed_inside_one(scene: Scene, role: str):
    """An action may register and unregister actions, itself included, while it runs.

    Source: eal_common_proc.c, process_msg: no lock is held around the callback
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    drop_self = {"verb": "mp_action_unregister", "name": "once"}
    add_other = {"verb": "mp_action_register", "name": "added", "manner": "reply"}
    responder.call("mp_action_register", name="once", manner="reply", inside=drop_self)
    responder.call("mp_action_register", name="add", manner="reply", inside=add_other)
    first = [_ask(requester, name) for name in ("once", "add", "added")]
    r = requester.call("mp_request_sync", name="once", timeout="brief")
    assert (first, r.rte_errno) == ([b"", b"", b""], "ETIMEDOUT")


@both_roles
def test_message_without_action_is_dropped(scene: Scene, role: str):
    """A message that no action is registered for is dropped, and the next one is handled.

    Source: eal_common_proc.c, process_msg
    Since: 18.05   Strength: observed
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="known")
    for name in ("unknown", "known"):
        assert sender.call("mp_sendmsg", name=name).ret == 0
    assert receiver.expect("action").action == "known"


@both_roles
def test_request_without_action_is_not_answered(scene: Scene, role: str):
    """A request that no action is registered for gets no answer once init is complete: it times out.

    Source: guide, "Misc considerations": only during initialisation is a peer "non-existing"
    Since: 18.05   Strength: documented
    """
    requester, _ = pair(scene, role)
    r = requester.call("mp_request_sync", name="unknown", timeout="brief")
    assert (r.ret, r.rte_errno, r.nb_sent, r.nb_received) == (-1, "ETIMEDOUT", 1, 0)


@both_roles
def test_action_sees_message_and_request_alike(scene: Scene, role: str):
    """An action serves messages and requests of its name.

    Source: guide, "three types of communications": "Both messages and requests will trigger a named
    callback"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    # It answers nothing: an answer to the message would be one to the request as well.
    receiver.call("mp_action_register", name="ping", manner="silent")
    sender.call("mp_sendmsg", name="ping", param=b"message")
    sender.call("mp_request_sync", name="ping", param=b"request", timeout="brief")
    seen = [bytes.fromhex(receiver.expect("action").msg.param) for _ in range(2)]
    assert seen == [b"message", b"request"]


def test_unknown_type_runs_the_action(scene: Scene):
    """A datagram of a type that DPDK does not know runs the action of its name, like a message.

    Source: eal_common_proc.c, process_msg
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="ping")
    with Ghost(scene) as ghost:
        ghost.send(77, "ping", b"x")
        assert primary.expect("action").msg.param == b"x".hex()


def test_failing_action_does_not_end_the_next(scene: Scene):
    """The return value of an action concerns nobody: after a negative one the next message is handled.

    Source: guide, "Receiving and responding to messages": returning a value sends nothing
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="ping", returns=-1)
    with Ghost(scene) as ghost:
        for _ in range(2):
            ghost.send(MpType.MP_REQ, "ping")
            primary.expect("action")
        assert not ghost.has_mail
