# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams that DPDK did not make: whatever one process sends, the others' IPC must go on."""

import os

import pytest

from conformance.roles import both_roles, pair, subject
from conformance.fuzz import answers
from faults.ghost import Ghost
from faults.lies import Lie, lies, of_type
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType, encode

every_type = pytest.mark.parametrize(
    "type", list(MpType), ids=["message", "request", "reply", "ignore"]
)


def _listen(peer: Peer) -> Peer:
    """Registers a silent action, and an action that replies."""
    peer.call("mp_action_register", name="ping", manner="silent")
    peer.call("mp_action_register", name="next", manner="reply")
    return peer


def _goes_on(ghost: Ghost, peer: Peer, lie: Lie) -> bool:
    """True if a process that is sent a malformed datagram, and then a request, answers; if not, its IPC
    thread has ended."""
    address = ghost.scene.socket_of(peer)
    fds = [os.open(os.devnull, os.O_RDONLY) for _ in range(lie.passed)]
    ghost.send_raw(lie.data, to=address, fds=fds)
    for fd in fds:
        os.close(fd)
    return answers(ghost, peer)


def _lies(scene: Scene, type: int, *, sound: bool) -> list[Lie]:
    greeting = scene.peers[0].greeting
    layout = Ghost(scene).layout
    return [lie for lie in lies(layout, greeting.max_fd_num, type, "ping") if lie.sound == sound]


@every_type
@both_roles
def test_malformed_datagram_is_survived(scene: Scene, role: str, type: MpType):
    """A malformed datagram, whichever way, is dropped, and the next request is answered.

    Source: eal_common_proc.c, read_msg: "sanity-check the response"; 20.11.0 to 20.11.4 do go on
    Since: 19.05   Strength: observed
    """
    peer = _listen(subject(scene, role))
    ended_by = []
    for lie in _lies(scene, type, sound=False):
        with Ghost(scene) as ghost:
            if _goes_on(ghost, peer, lie):
                continue
        ended_by.append(str(lie))
        peer.stop()
        peer = _listen(scene.primary() if role == "primary" else scene.secondary())
    assert ended_by == []


@both_roles
def test_lie_is_survived(scene: Scene, role: str):
    """A datagram of the right form is survived whatever it says, of any type, defined or not: the next
    request is answered.

    Source: guide, "Communication between multiple processes"; eal_common_proc.c, read_msg
    Since: 19.05   Strength: observed
    """
    peer = _listen(subject(scene, role))
    most = peer.greeting.max_fd_num
    with Ghost(scene) as ghost:
        # What is claimed and not passed are these again (test_claims.py): no descriptor of anything else.
        filled = Lie("", "", encode(ghost.layout, MpType.MP_MSG, "ping", num_fds=most), passed=most)
        told = [filled, *of_type(ghost.layout, "ping"), *of_type(ghost.layout, "nobody's")]
        for type in MpType:
            told += [filled, *_lies(scene, type, sound=True)]
        ended_by = [str(lie) for lie in told if not _goes_on(ghost, peer, lie)]
    assert ended_by == []


@pytest.mark.parametrize("verb", ["mp_request_sync", "mp_request_async"])
@pytest.mark.parametrize("type", [MpType.MP_REP, MpType.MP_IGN], ids=["reply", "ignore"])
def test_lying_answer_is_survived(scene: Scene, verb: str, type: MpType):
    """A request that is answered by a lie of the right form, and then truly, is over, by the one or by
    the other; and the requester answers the next request.

    Source: guide, "Sending requests"; eal_common_proc.c, process_msg: "Drop mp reply"
    Since: 19.05   Strength: observed
    """
    peer = _listen(scene.primary())
    most = peer.greeting.max_fd_num
    wrong = []
    with Ghost(scene) as ghost:
        filled = Lie("", "", encode(ghost.layout, MpType.MP_MSG, "ping", num_fds=most), passed=most)
        for lie in _lies(scene, type, sound=True):
            _goes_on(ghost, peer, filled)
            pending = peer.tell(verb, name="ping", timeout="ample")
            asked = ghost.expect("ping", MpType.MP_REQ)
            went_on = _goes_on(ghost, peer, lie)
            ghost.reply(asked)
            over = pending.answer().ret == 0
            if verb == "mp_request_async":
                peer.expect("async_reply", of=pending.id)
            if not (went_on and over):
                wrong.append(str(lie))
    assert wrong == []


@both_roles
def test_lie_about_the_sender_is_survived(scene: Scene, role: str):
    """A datagram of any type from a socket without an address, with one that is no path, with a dead
    peer's or a living one's is survived: the next request is answered.

    Source: guide, "Communication between multiple processes"; eal_common_proc.c, mp_handle
    Since: 18.05   Strength: observed
    """
    primary, living, dead = scene.primary(), scene.secondary(), scene.secondary()
    peer = _listen(primary if role == "primary" else scene.secondary())
    addresses = {"dead": scene.socket_of(dead), "living": scene.socket_of(living)}
    dead.kill()
    forgers = [Ghost(scene, "nobody", unbound=True), Ghost(scene, "abstract", abstract=True)]
    forgers += [Ghost(scene, who, address=addresses[who], unseen=True) for who in addresses]
    ended_by = []
    with Ghost(scene) as ghost:
        for forger in forgers:
            with forger:
                for type in MpType:
                    forger.send(type, "next", to=scene.socket_of(peer))
                    nothing = Lie("", "", encode(ghost.layout, MpType.MP_MSG, "ping"))
                    if not _goes_on(ghost, peer, nothing):
                        ended_by.append((forger.who, type.name))
    assert ended_by == []


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
    with an abstract address, while its interrupt thread, which is to end that request, is busy.

    Source: eal_common_proc.c, process_msg: "Drop mp reply"
    Since: 18.08   Strength: observed
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="next", manner="reply")
    with Ghost(scene) as silent:
        # The interrupt thread runs the callback of the first, which waits for an answer to the second.
        inside = {"verb": "mp_request_sync", "name": "waits", "timeout": "ample"}
        primary.call("mp_request_async", name="ends", timeout="brief", inside=inside)
        for name in ("ends", "waits"):
            silent.expect(name)
    primary.call("mp_request_async", name="ping", timeout="ample")
    with Ghost(scene, "nameless", abstract=True) as nameless, Ghost(scene) as asker:
        nameless.send(kind, "ping")
        asker.send(MpType.MP_REQ, "next")
        asker.expect("next", MpType.MP_REP)
    primary.kill()


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
