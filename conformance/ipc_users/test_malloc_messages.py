# SPDX-License-Identifier: BSD-3-Clause
"""The messages by which the heap grows: what each is answered with, and which are dropped."""

import pytest

from conformance.eal.locks import INIT_SPUN_S, VERB_THREAD
from conformance.roles import pair, settle
from conformance.ipc_users.block import PAGE, SIZE, events, fill, listen, seen
from conformance.ipc_users.serve import serve_growth
from faults.ghost import Asked, Ghost
from faults.process import Stopped
from targets.observed import observed
from targets.peer import Peer, Pending
from targets.scene import Scene
from targets.threads import IPC_THREADS
from traffic.datagram import MpType
from traffic.eal_param import (
    MALLOC_REQUEST,
    MALLOC_RESPONSE,
    MALLOC_ROLLBACK,
    MALLOC_SYNC,
    Malloc,
    MallocType,
)


def _ask(ghost: Ghost, request: Malloc) -> Asked:
    ghost.send(MpType.MP_MSG, MALLOC_REQUEST, bytes(request))
    return ghost.expect()


def test_request_is_answered_after_all_have_mapped(scene: Scene):
    """A request for memory is answered with success, to whom it may concern, once every peer has said
    that it has mapped it; so is a request to free.

    Source: malloc_mp.c, "General workflow"
    Since: 21.02   Strength: observed
    """
    primary = scene.primary()
    listen(primary)
    told: list[tuple[object, ...]] = []
    with Ghost(scene) as ghost:

        def flow(request: Malloc) -> None:
            sync = _ask(ghost, request)
            told.append((sync.name, Malloc.of(sync.param).t, Malloc.of(sync.param).id))
            ghost.reply(sync, sync.param)
            response = ghost.expect(MALLOC_RESPONSE, MpType.MP_MSG)
            said = Malloc.of(response.param)
            told.append((response.name, said.t, said.id, said.result))

        flow(Malloc.alloc(7, SIZE))
        ((_, addr, length),) = events(primary)
        flow(Malloc.free(8, int(addr, 16), length))
    assert told == [
        (MALLOC_SYNC, MallocType.SYNC, 7),
        (MALLOC_RESPONSE, MallocType.ALLOC, 7, Malloc.SUCCESS),
        (MALLOC_SYNC, MallocType.SYNC, 8),
        (MALLOC_RESPONSE, MallocType.FREE, 8, Malloc.SUCCESS),
    ]
    assert [kind for kind, _, _ in events(primary)] == ["ALLOC", "FREE"]


IMPOSSIBLE = {
    "no-page-size": Malloc.alloc(9, SIZE, page_sz=0),
    "odd-page-size": Malloc.alloc(9, SIZE, page_sz=3 << 20),
    "page-size-not-there": Malloc.alloc(9, SIZE, page_sz=1 << 14),
    "no-such-heap": Malloc.alloc(9, SIZE, heap_idx=1 << 20),
    "too-much": Malloc.alloc(9, 1 << 40),
    "free-unknown": Malloc.free(9, 0x1000, PAGE),
    "free-beyond": Malloc.free(9, 0x1000, 1 << 60),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_impossible_request_is_refused(scene: Scene, what: str):
    """A request for memory that cannot be had, or to free what was never there, is answered with
    failure and takes no pages.

    Source: malloc_mp.c, "General workflow": "if failed, sendmsg failure"
    Since: 21.02   Strength: observed
    """
    scene.primary()
    before = scene.hugepages()
    with Ghost(scene) as ghost:
        said = _ask(ghost, IMPOSSIBLE[what])
    answer = Malloc.of(said.param)
    assert (said.name, answer.id, answer.result) == (MALLOC_RESPONSE, 9, Malloc.FAIL)
    assert scene.hugepages() == before


@pytest.mark.parametrize("what", ["request", "sync"])
def test_unknown_type_is_dropped(scene: Scene, what: str):
    """A request for memory of a type that does not exist is dropped: what comes next is handled.

    Source: malloc_mp.c, handle_request and handle_sync
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    peer, name = (primary, MALLOC_REQUEST) if what == "request" else (secondary, MALLOC_SYNC)
    peer.call("mp_action_register", name="ping", manner="reply")
    with Ghost(scene) as ghost:
        to = scene.socket_of(peer)
        ghost.send(MpType.MP_REQ, name, bytes(Malloc(77, 1)), to=to)
        ghost.send(MpType.MP_REQ, "ping", to=to)
        assert ghost.expect().name == "ping"


def test_answer_to_nobody_is_dropped(scene: Scene):
    """An answer to a request that a secondary has not made changes nothing: its own are answered.

    Source: malloc_mp.c, handle_response: others' ids are none of its business
    Since: 18.05   Strength: observed
    """
    one, other = pair(scene, "secondary")
    with Ghost(scene) as ghost:
        stray = Malloc(MallocType.ALLOC, 1, Malloc.FAIL)
        ghost.send(MpType.MP_MSG, MALLOC_RESPONSE, bytes(stray), to=scene.socket_of(one))
        pending = one.tell("malloc", size=SIZE)
        serve_growth(ghost, pending)
    ptr = pending.answer().ret
    fill(one, ptr)
    assert seen(other, ptr) == "the same"


def test_request_that_comes_twice_is_handled_once(scene: Scene):
    """A request for memory that arrives twice is handled once.

    Source: malloc_mp.c, handle_request: "make sure it's not a dupe"
    Since: 21.02   Strength: observed
    """
    primary = scene.primary()
    primary.call("mp_action_register", name="ping", manner="reply")
    with Ghost(scene) as ghost:
        sync = _ask(ghost, Malloc.alloc(7, SIZE))
        ghost.send(MpType.MP_MSG, MALLOC_REQUEST, bytes(Malloc.alloc(7, SIZE)))
        ghost.reply(sync, sync.param)
        ghost.send(MpType.MP_REQ, "ping")
        names = [ghost.expect().name for _ in range(2)]
    assert names == [MALLOC_RESPONSE, "ping"]


def test_silent_peer_does_not_silence_the_primary(scene: Scene):
    """A second request for memory, while a peer has not answered for the first, does not keep the
    primary from anything else.

    Source: malloc_mp.c: "since DPDK IPC is single-threaded, we
    send an asynchronous request and exit this callback"
    Since: 21.02   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="reply")
    with Ghost(scene) as ghost:
        _ask(ghost, Malloc.alloc(1, SIZE))
        before = _ipc_cpu_s(primary)
        with Stopped(primary):
            # What is asked is behind the second request in the queue, however quick the primary is.
            ghost.send(MpType.MP_MSG, MALLOC_REQUEST, bytes(Malloc.alloc(2, SIZE)))
            asked = secondary.tell("mp_request_sync", name="ping", timeout="ample")
            scene.wait_until(
                lambda: "futex" in secondary.wait_channel(VERB_THREAD), "a question that is sent"
            )
        scene.wait_until(
            lambda: asked.answered or _gets_nowhere(before, primary, secondary),
            "an answer, or a primary that gets nowhere",
        )
        assert _came_of(secondary, asked) == "an answer"


def test_silent_peer_keeps_nobody_from_sending(scene: Scene):
    """A second request for memory, while a peer has not answered for the first, does not keep another
    peer from sending a message.

    Source: rte_eal.h, rte_mp_sendmsg: "On success, return 0"; malloc_mp.c: "we send an asynchronous
    request and exit this callback"
    Since: 21.02   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    primary.call("mp_action_register", name="next")
    with Ghost(scene) as ghost:
        _ask(ghost, Malloc.alloc(1, SIZE))
        # The secondary was asked, too, and its answer has been handled: only the ghost's is missing.
        settle(primary, secondary)
        settle(secondary, primary)
        before = _ipc_cpu_s(primary)
        with Stopped(primary):
            ghost.send(MpType.MP_MSG, MALLOC_REQUEST, bytes(Malloc.alloc(2, SIZE)))
            ghost.send(MpType.MP_MSG, "next")
        scene.wait_until(
            lambda: primary.said("action") or _gets_nowhere(before, primary, secondary),
            "a primary that goes on, or gets nowhere",
        )
        assert secondary.call("mp_sendmsg", name="note").ret == 0


def _ipc_cpu_s(peer: Peer) -> float:
    """The CPU time of the thread that handles a peer's IPC."""
    return sum(peer.cpu_s(tid) for name in IPC_THREADS for tid in peer.threads_named(name))


def _gets_nowhere(before_s: float, *peers: Peer) -> bool:
    """Whether the IPC of the first of these peers has used far more CPU time than a request takes, or
    all of them wait for room in each other's queues."""
    if _ipc_cpu_s(peers[0]) > before_s + INIT_SPUN_S:
        return True
    return all("unix_wait_for_peer" in peer.wait_channel(*IPC_THREADS) for peer in peers)


@observed
def _came_of(peer: Peer, asked: Pending) -> str:
    """What has come of a request until now; nobody waits for more."""
    if asked.answered:
        return "an answer" if asked.answer().nb_received else "nobody answers"
    peer.forget(asked)
    return "silence"


NAMES = [("primary", MALLOC_REQUEST)] + [
    ("secondary", name) for name in (MALLOC_SYNC, MALLOC_ROLLBACK, MALLOC_RESPONSE)
]


@pytest.mark.parametrize("role,name", NAMES)
def test_names_are_taken_until_cleanup(scene: Scene, role: str, name: str):
    """The names of the heap's messages are taken while EAL runs, and free after rte_eal_cleanup.

    Source: malloc_mp.c, register_mp_requests (a0cc7be20dd1)
    Since: 22.03   Strength: observed
    """
    peer, _ = pair(scene, role)
    taken = peer.call("mp_action_register", name=name, manner=None).rte_errno
    peer.cleanup()
    assert (taken, peer.call("mp_action_register", name=name, manner=None).ret) == ("EEXIST", 0)
