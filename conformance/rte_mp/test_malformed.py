# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams that DPDK did not make: whatever one process sends, the others' IPC must go on."""

import pytest

from conformance.cast import both_roles, pair, subject
from faults.ghost import Ghost
from targets.scene import Scene
from traffic.datagram import MpType, encode

MALFORMED = {
    "empty": lambda good, layout: b"",
    "one-byte": lambda good, layout: good[:1],
    "one-short": lambda good, layout: good[:-1],
    "four-long": lambda good, layout: good + bytes(4),
    "len_param-257": lambda good, layout: encode(layout, MpType.MP_REQ, "ping", len_param=257),
    "len_param-negative": lambda good, layout: encode(layout, MpType.MP_REQ, "ping", len_param=-1),
    "num_fds-too-many": lambda good, layout: encode(layout, MpType.MP_REQ, "ping", num_fds=254),
    "num_fds-negative": lambda good, layout: encode(layout, MpType.MP_REQ, "ping", num_fds=-1),
}


def _answer_after(scene: Scene, role: str, kind: str) -> str:
    """Whether a process answers a request that comes after the malformed datagram."""
    peer = subject(scene, role)
    peer.call("mp_action_register", name="ping", manner="reply")
    with Ghost(scene) as ghost:
        good = encode(ghost.layout, MpType.MP_REQ, "ping")
        ghost.send_raw(MALFORMED[kind](good, ghost.layout), to=scene.socket_of(peer))
        ghost.send_raw(good, to=scene.socket_of(peer))
        return "answered" if ghost.hears_within(scene.speed.patience_s) else "no answer"


@pytest.mark.parametrize("role", ["primary", "secondary"])
@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_datagram_is_survived(scene: Scene, role: str, kind: str):
    """A malformed datagram is dropped, and the next request is answered.

    Source: eal_common_proc.c, read_msg: "sanity-check the response"; 20.11.0 to 20.11.4 do go on
    Since: 19.05   Strength: observed
    """
    assert _answer_after(scene, role, kind) == "answered"


def test_unterminated_name_is_survived(scene: Scene):
    """A datagram whose name has no NUL is handled as unknown, and the next request is answered.

    Source: eal_common_proc.c, find_action_entry_by_name: at most 64 bytes are compared
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="ping", manner="reply")
    with Ghost(scene) as ghost:
        for kind in (MpType.MP_MSG, MpType.MP_REQ, MpType.MP_REP, MpType.MP_IGN):
            ghost.send(kind, b"n" * 64)
        ghost.send(MpType.MP_REQ, "ping")
        ghost.expect("ping", MpType.MP_REP)


@pytest.mark.parametrize("kind", [MpType.MP_REP, MpType.MP_IGN], ids=["reply", "ignore"])
def test_reply_to_nothing_is_dropped(scene: Scene, kind: MpType):
    """A reply, or an MP_IGN, to a request that nobody made runs no action and changes nothing.

    Source: eal_common_proc.c, process_msg: "Drop mp reply"
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="ping", manner="reply")
    with Ghost(scene) as ghost:
        ghost.send(kind, "ping")
        ghost.send(MpType.MP_REQ, "ping")
        ghost.expect("ping", MpType.MP_REP)
    assert len(primary.events("action")) == 1


def test_reply_from_nowhere_answers_nothing(scene: Scene):
    """A reply from a socket without an address does not answer what another peer was asked.

    Source: guide, "Receiving and responding to messages": delivered "to the correct requestor"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="hello")
    with Ghost(scene) as asked, Ghost(scene, "forger", unbound=True) as forger:
        asked.send(MpType.MP_MSG, "hello")
        primary.expect("action")
        request = primary.tell("mp_request_sync", name="ping", timeout="patience")
        asked.expect("ping")
        forger.send(MpType.MP_REP, "ping", b"forged")
        r = request.answer()
    assert (r.rte_errno, [bytes.fromhex(m.param) for m in r.msgs or []]) == ("ETIMEDOUT", [])


@pytest.mark.parametrize("kind", [MpType.MP_REP, MpType.MP_IGN], ids=["reply", "ignore"])
def test_reply_to_a_request_that_asked_nobody_is_survived(scene: Scene, kind: MpType):
    """A primary whose asynchronous request found nobody to ask survives a reply to it from a socket
    with an abstract address.

    Source: eal_common_proc.c, process_msg: "Drop mp reply"
    Since: 18.08   Strength: observed
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="next", manner="reply")
    primary.call("mp_request_async", name="ping", timeout="ample")
    with Ghost(scene, "nameless", abstract=True) as nameless, Ghost(scene) as asker:
        nameless.send(kind, "ping")
        asker.send(MpType.MP_REQ, "next")
        asker.expect("next", MpType.MP_REP)


def test_request_from_nowhere_is_answered_to_nobody(scene: Scene):
    """A request from a socket without an address is not answered to the one who sent before it.

    Source: guide, "Receiving and responding to messages": delivered "to the correct requestor"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    for name in ("ping", "last"):
        primary.call("mp_action_register", name=name, manner="reply")
    with Ghost(scene) as before, Ghost(scene, "nobody", unbound=True) as nobody:
        before.send(MpType.MP_MSG, "last")
        before.expect("last", MpType.MP_REP)
        nobody.send(MpType.MP_REQ, "ping")
        before.send(MpType.MP_REQ, "last")
        first = before.expect()
    assert first.name == "last"


@both_roles
@pytest.mark.parametrize("missing", [0, 1])
def test_name_that_only_begins_alike_is_no_reply(scene: Scene, role: str, missing: int):
    """A reply whose name only begins like the request's, or goes on after it, does not answer it.

    Source: eal_common_proc.c, find_pending_request: whole names are compared
    Since: 18.05   Strength: observed
    """
    requester, responder = pair(scene, role)
    name = "pin" if missing else "pings"
    responder.call("mp_action_register", name="ping", manner="reply", reply_name=name)
    r = requester.call("mp_request_sync", name="ping", timeout="brief")
    assert (r.rte_errno, r.nb_received) == ("ETIMEDOUT", 0)
