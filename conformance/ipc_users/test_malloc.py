# SPDX-License-Identifier: BSD-3-Clause
"""The heap that all processes share: who sees it grow and shrink, and what a peer that fails costs."""

import socket

import pytest

from conformance.cast import both_roles, each_of_three, pair, three
from conformance.ipc_users.block import SIZE, drain, events, fill, seen
from faults.ghost import Asked, Ghost
from faults.process import Killed, FewDescriptors, Stopped
from faults.relay import Relay, Rule
from targets.peer import Peer, Pending
from targets.scene import Scene
from traffic.datagram import MpType
from traffic.eal_param import (
    MALLOC_REQUEST,
    MALLOC_RESPONSE,
    MALLOC_ROLLBACK,
    MALLOC_SYNC,
    Malloc,
    MallocType,
)

PAGE = 2 << 20
# MP_TIMEOUT_S of malloc_mp.c.
DPDK_WAITS_S = 5.0


def _listen(*peers: Peer) -> None:
    for peer in peers:
        peer.call("mem_event_callback_register", name="told")


def _got(answer) -> str:
    return "no memory" if answer.ret is None else "memory"


# -- what is allocated is everybody's ---------------------------------------------------------------


@each_of_three
@pytest.mark.parametrize("mode", ["default", "--single-file-segments", "--match-allocations"])
def test_growth_is_seen_by_all(scene: Scene, who: str, mode: str):
    """Memory that one process allocates beyond what the heap has is mapped, with the same content, in
    every process.

    Source: guide, "Memory Sharing": "all pointers to that memory are valid, and point to the same
    objects, in both processes"
    Since: 18.05   Strength: documented
    """
    scene.eal += [] if mode == "default" else [mode]
    one, *others = three(scene, who)
    ptr = one.call("malloc", size=SIZE).ret
    fill(one, ptr)
    assert [seen(peer, ptr) for peer in (one, *others)] == ["the same"] * 3


@each_of_three
def test_what_others_write_is_seen(scene: Scene, who: str):
    """Memory that one process has allocated can be written by every other one.

    Source: guide, "Memory Sharing": "point to the same objects, in both processes"
    Since: 18.05   Strength: documented
    """
    one, second, third = three(scene, who)
    ptr = one.call("malloc", size=SIZE).ret
    fill(third, ptr)
    assert [seen(peer, ptr) for peer in (one, second)] == ["the same"] * 2


@each_of_three
def test_growth_and_release_are_told_once(scene: Scene, who: str):
    """Every process is told once of memory that is allocated and once of memory that is freed,
    whichever process does it.

    Source: guide, "Dynamic Memory Mode": "a callback function any time DPDK's memory map has changed"
    Since: 19.02   Strength: documented
    """
    one, *others = three(scene, who)
    _listen(one, *others)
    ptr = one.call("malloc", size=SIZE).ret
    one.call("free", ptr=ptr)
    told = events(one)
    assert [kind for kind, _, _ in told] == ["ALLOC", "FREE"]
    assert [events(peer) for peer in others] == [told, told]


@each_of_three
def test_told_memory_is_what_was_allocated(scene: Scene, who: str):
    """The memory that a process is told of holds what was allocated, in whole pages.

    Source: rte_memory.h, rte_mem_event_callback_t: addr and len of the memory
    Since: 19.02   Strength: must
    """
    one, second, third = three(scene, who)
    _listen(third)
    ptr = int(one.call("malloc", size=SIZE).ret, 16)
    ((kind, addr, length),) = events(third)
    begin = int(addr, 16)
    inside = begin <= ptr and ptr + SIZE <= begin + length
    assert (kind, begin % PAGE, length % PAGE, inside) == ("ALLOC", 0, 0, True)


@each_of_three
def test_pages_are_given_back(scene: Scene, who: str):
    """Memory that is freed goes back to the system, and no process has it mapped any longer.

    Source: guide, "Dynamic Memory Mode": "any memory deallocation can potentially result in hugepages
    being released back to the system"
    Since: 18.05   Strength: documented
    """
    one, *others = three(scene, who)
    before = scene.hugepages()
    ptr = one.call("malloc", size=SIZE).ret
    taken = scene.hugepages() - before
    one.call("free", ptr=ptr)
    left = scene.hugepages() - before
    assert (taken, left) == (SIZE // PAGE + 1, 0)
    assert [seen(peer, ptr) for peer in (one, *others)] == ["EFAULT"] * 3


@pytest.mark.parametrize("giver", ["primary", "secondary"])
def test_another_process_can_free(scene: Scene, giver: str):
    """What one process has allocated another one can free: the pages go back.

    Source: guide, "Memory Sharing"
    Since: 18.05   Strength: documented
    """
    one, other = pair(scene, giver)
    before = scene.hugepages()
    ptr = one.call("malloc", size=SIZE).ret
    other.call("free", ptr=ptr)
    assert (scene.hugepages(), seen(one, ptr), seen(other, ptr)) == (before, "EFAULT", "EFAULT")


@each_of_three
def test_heap_statistics_are_everybodys(scene: Scene, who: str):
    """The size of the heap is the same in every process, and follows growth and release.

    Source: rte_malloc.h, rte_malloc_get_socket_stats: "Total bytes on heap"
    Since: 18.05   Strength: must
    """
    one, *others = three(scene, who)

    def total(peer: Peer) -> int:
        size: int = peer.call("malloc_get_socket_stats", socket=0).heap_totalsz_bytes
        return size

    before = total(one)
    ptr = one.call("malloc", size=SIZE).ret
    grown = [total(peer) - before for peer in (one, *others)]
    one.call("free", ptr=ptr)
    left = [total(peer) - before for peer in (one, *others)]
    assert (grown, left) == ([SIZE + PAGE] * 3, [0] * 3)


@each_of_three
def test_memzone_is_everybodys(scene: Scene, who: str):
    """A zone that one process reserves beyond what the heap has is found by its name, at the same
    address, and mapped, in every process; once freed, nobody finds it.

    Source: rte_memzone.h, rte_memzone_reserve, _lookup and _free
    Since: 18.05   Strength: must
    """
    one, *others = three(scene, who)
    zone = one.call("memzone_reserve", name="zone", len=SIZE)
    fill(one, zone.addr)
    found = [peer.call("memzone_lookup", name="zone") for peer in others]
    assert [(f.ret, f.addr, f.len) for f in found] == [(0, zone.addr, SIZE)] * 2
    assert [seen(peer, zone.addr) for peer in others] == ["the same"] * 2
    freed = others[0].call("memzone_free", name="zone").ret
    gone = [peer.call("memzone_lookup", name="zone").rte_errno for peer in (one, *others)]
    assert (freed, gone) == (0, ["ENOENT"] * 3)


@both_roles
@pytest.mark.parametrize("beyond", [False, True], ids=["fits", "one-more-byte"])
def test_block_that_fits_takes_no_page_more(scene: Scene, role: str, beyond: bool):
    """A block that fills two pages to the last byte takes two, and one that needs more gets three.

    Source: malloc_heap.c (f92b9ebed03d, ce2f7d472e80)
    Since: 22.11   Strength: observed
    """
    one, _ = pair(scene, role)
    overhead = drain(one)
    before = scene.hugepages()
    answer = one.call("malloc", size=2 * PAGE - overhead + beyond)
    assert (_got(answer), scene.hugepages() - before) == ("memory", 3 if beyond else 2)


def test_processes_that_grow_at_once(scene: Scene):
    """Processes that allocate at the same time all get memory, no byte of it twice, seen by all.

    Source: rte_malloc.h: rte_malloc; guide, "Memory Sharing"
    Since: 18.05   Strength: documented
    """
    peers = three(scene, "primary")
    size = PAGE - 4096
    asked = [peer.tell("malloc", size=size) for _ in range(3) for peer in peers]
    blocks = sorted(int(pending.answer().ret, 16) for pending in asked)
    assert [b for a, b in zip(blocks, blocks[1:]) if a + size > b] == []
    for ptr in map(hex, blocks):
        fill(peers[0], ptr, size)
    found = {seen(peer, hex(ptr), size) for peer in peers for ptr in blocks}
    assert found == {"the same"}


@both_roles
def test_newcomer_sees_what_grows_meanwhile(scene: Scene, role: str):
    """A secondary that starts while the heap grows has all of it mapped when it is ready.

    Source: guide, "Memory Sharing"
    Since: 18.05   Strength: documented
    """
    one, _ = pair(scene, role)
    with Ghost(scene) as ghost:
        growing = one.tell("malloc", size=SIZE)
        asked = ghost.expect(MALLOC_SYNC, MpType.MP_REQ)
        newcomer = scene.start("secondary")
        ghost.reply(asked, asked.param)
        ptr = growing.answer().ret
        fill(one, ptr)
        newcomer.expect("ready")
        assert seen(newcomer, ptr) == "the same"


def test_primary_without_ipc_can_grow(scene: Scene):
    """A primary without IPC grows and gives back.

    Source: malloc_mp.c, request_sync: without IPC "behave as if the call succeeded"
    Since: 19.08   Strength: observed
    """
    primary = scene.primary("--no-shconf")
    before = scene.hugepages()
    ptr = primary.call("malloc", size=SIZE).ret
    fill(primary, ptr)
    content = seen(primary, ptr)
    primary.call("free", ptr=ptr)
    assert (content, scene.hugepages()) == ("the same", before)


@both_roles
def test_limit_is_everybodys(scene: Scene, role: str):
    """Beyond the primary's --socket-limit nobody gets memory, up to it everybody does, and a refusal
    changes nothing.

    Source: guide, "Dynamic Memory Mode": "a simple way to limit maximum amount of memory"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary("--socket-limit=16")
    secondary = scene.secondary()
    one, other = (primary, secondary) if role == "primary" else (secondary, primary)
    _listen(one, other)
    before = scene.hugepages()
    refused = one.call("malloc", size=2 * SIZE)
    assert (_got(refused), scene.hugepages(), events(one), events(other)) == (
        "no memory",
        before,
        [],
        [],
    )
    assert _got(one.call("malloc", size=SIZE)) == "memory"


def test_refused_zone_is_explained(scene: Scene):
    """A secondary that can get no memory for a zone is told so: ENOMEM.

    Source: rte_memzone.h, rte_memzone_reserve: "ENOMEM - no appropriate memory area found"
    Since: 18.05   Strength: must
    """
    scene.primary("--socket-limit=16")
    zone = scene.secondary().call("memzone_reserve", name="zone", len=2 * SIZE)
    assert (zone.ret, zone.rte_errno) == (-1, "ENOMEM")


def test_orphan_has_what_is_left(scene: Scene):
    """Without its primary a secondary still gets what the heap has, and at once no memory beyond it.

    Source: rte_malloc.h, rte_malloc: NULL "on error"
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    with Killed(primary):
        small, large = secondary.call("malloc", size=64), secondary.call("malloc", size=SIZE)
    quick = large.took_ns / 1e9 < scene.speed.slack_s
    assert (_got(small), _got(large), quick) == ("memory", "no memory", True)


def test_memory_outlives_its_owner(scene: Scene):
    """Memory that a killed secondary had allocated stays, and another process can free it.

    Source: guide, "Memory Sharing"
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    before = scene.hugepages()
    ptr = secondary.call("malloc", size=SIZE).ret
    fill(secondary, ptr)
    with Killed(secondary):
        content = seen(primary, ptr)
        primary.call("free", ptr=ptr)
    assert (content, scene.hugepages()) == ("the same", before)


# -- a peer that fails ------------------------------------------------------------------------------

FAULTS: dict[str, dict[str, int]] = {
    "fails": {"result": Malloc.FAIL},
    "another-id": {"id": 1},
    "another-type": {"t": MallocType.ALLOC},
}


def _serve(ghost: Ghost, pending: Pending, **first: int) -> None:
    """Answers every request until the call has returned: the first one with these fields wrong."""
    scene, wrong = ghost.scene, dict(first)
    while not pending.answered:
        scene.wait_until(lambda: pending.answered or ghost.has_mail, f"answer or {MALLOC_SYNC}")
        if ghost.has_mail:
            asked = ghost.expect()
            if asked.type == MpType.MP_REQ:
                ghost.reply(asked, bytes(Malloc.of(asked.param).but(**wrong)))
                wrong = {}


@both_roles
@pytest.mark.parametrize("fault", FAULTS)
def test_peer_that_fails_undoes_growth(scene: Scene, role: str, fault: str):
    """If one process cannot map new memory nobody gets it: the call fails, the pages go back, and the
    others are told of both.

    Source: guide, "Memory Sharing": "all pointers to that memory are valid"; malloc_mp.c: "if failure,
    roll back allocation and send a rollback request"
    Since: 18.05   Strength: documented
    """
    one, other = pair(scene, role)
    _listen(one, other)
    before = scene.hugepages()
    with Ghost(scene) as ghost:
        pending = one.tell("malloc", size=SIZE)
        _serve(ghost, pending, **FAULTS[fault])
    assert (_got(pending.answer()), scene.hugepages() - before) == ("no memory", 0)
    told = events(one)
    assert ([kind for kind, _, _ in told], events(other)) == (["ALLOC", "FREE"], told)


@pytest.mark.parametrize("fault", FAULTS)
def test_growth_after_a_failure(scene: Scene, fault: str):
    """A secondary whose allocation was undone gets memory once all can map it.

    Source: rte_malloc.h, rte_malloc
    Since: 18.05   Strength: must
    """
    one, other = pair(scene, "secondary")
    with Ghost(scene) as ghost:
        pending = one.tell("malloc", size=SIZE)
        _serve(ghost, pending, **FAULTS[fault])
        failed = pending.answer().ret
        pending = one.tell("malloc", size=SIZE)
        _serve(ghost, pending)
    ptr = pending.answer().ret
    fill(one, ptr)
    assert (failed, seen(other, ptr)) == (None, "the same")


@both_roles
def test_peer_that_ignores_is_not_counted(scene: Scene, role: str):
    """A peer that answers MP_IGN, as one that has not come up yet, does not keep the heap from growing.

    Source: guide, "Misc considerations": such a peer is "non-existing"
    Since: 18.11   Strength: documented
    """
    one, other = pair(scene, role)
    with Ghost(scene) as ghost:
        pending = one.tell("malloc", size=SIZE)
        ghost.ignore(ghost.expect(MALLOC_SYNC, MpType.MP_REQ))
        ptr = pending.answer().ret
    fill(one, ptr)
    assert seen(other, ptr) == "the same"


@both_roles
def test_memory_is_mapped_everywhere_or_refused(scene: Scene, role: str):
    """A process gets memory only if every secondary has mapped it: one that has no descriptor left for
    its pages keeps the others from getting them.

    Source: guide, "Memory Sharing": "all pointers to that memory are valid, and point to the same
    objects, in both processes"
    Since: 18.05   Strength: documented
    """
    one, *others = three(scene, role)
    victim = others[-1]
    with FewDescriptors(victim, 0):
        ptr = one.call("malloc", size=SIZE).ret
        if ptr is not None:
            fill(one, ptr)
        found = "no memory" if ptr is None else seen(victim, ptr)
        assert found in ("no memory", "the same")


def test_victim_catches_up(scene: Scene):
    """Once a secondary can map pages again, the next growth is seen by it and by all.

    Source: guide, "Memory Sharing"
    Since: 18.05   Strength: documented
    """
    one, primary, victim = three(scene, "secondary")
    with FewDescriptors(victim, 0):
        failed = one.call("malloc", size=SIZE).ret
    ptr = one.call("malloc", size=SIZE).ret
    fill(one, ptr)
    assert (failed, seen(primary, ptr), seen(victim, ptr)) == (None, "the same", "the same")


def test_lost_sync_undoes_growth_of_a_primary(scene: Scene):
    """A secondary that does not hear of new memory costs the primary DPDK's five seconds and the
    memory: the pages go back, who had mapped them lets go, and the next growth is everybody's.

    Source: malloc_mp.c: "we couldn't ensure all processes have mapped memory, so free it back and
    notify everyone"
    Since: 19.05   Strength: observed
    """
    primary, *secondaries = three(scene, "primary")
    _listen(*secondaries)
    before = scene.hugepages()
    with Relay(scene, scene.socket_of(secondaries[0]), Rule("drop", MALLOC_SYNC, most=1)):
        answer = primary.call("malloc", size=SIZE, deadline_s=3 * DPDK_WAITS_S)
    assert (_got(answer), scene.hugepages()) == ("no memory", before)
    kinds = {tuple(kind for kind, _, _ in events(peer)) for peer in secondaries}
    assert kinds <= {(), ("ALLOC", "FREE")}
    ptr = primary.call("malloc", size=SIZE).ret
    fill(primary, ptr)
    assert [seen(peer, ptr) for peer in secondaries] == ["the same"] * 2


def test_lost_sync_undoes_growth_of_a_secondary(scene: Scene):
    """A secondary that does not hear of new memory costs the one that allocates DPDK's five seconds
    and the memory: the pages go back, all are told of both, and the next growth is everybody's.

    Source: malloc_mp.c: "if failure, roll back allocation and send a rollback request"
    Since: 18.05   Strength: observed
    """
    one, primary, deaf = three(scene, "secondary")
    _listen(one, primary)
    before = scene.hugepages()
    with Relay(scene, scene.socket_of(deaf), Rule("drop", MALLOC_SYNC, most=1)):
        answer = one.call("malloc", size=SIZE, deadline_s=3 * DPDK_WAITS_S)
        for peer in (primary, one):
            peer.expect("mem_event", event_type="FREE")
    assert (_got(answer), scene.hugepages()) == ("no memory", before)
    ptr = one.call("malloc", size=SIZE).ret
    fill(one, ptr)
    assert [seen(peer, ptr) for peer in (primary, deaf)] == ["the same"] * 2


def test_entry_that_cannot_be_sent_to_undoes_growth(scene: Scene):
    """An allocation of a secondary that cannot be told to all, as one entry of the directory cannot be
    sent to, fails and takes no pages.

    Source: malloc_mp.c: "if failed, sendmsg failure"; rte_malloc.h: "NULL on error"
    Since: 18.05   Strength: observed
    """
    _, secondary = scene.primary(), scene.secondary()
    before = scene.hugepages()
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    scene.isolation.inside(stream.bind, f"{scene.runtime}/mp_socket_x")
    stream.listen()
    answer = secondary.call("malloc", size=SIZE, deadline_s=3 * DPDK_WAITS_S)
    stream.close()
    assert (_got(answer), scene.hugepages() - before) == ("no memory", 0)


def test_stopped_secondary_does_not_kill_the_primary(scene: Scene):
    """A secondary that is stopped while another one allocates, and at once tries again, costs nobody
    his life.

    Source: rte_malloc.h, rte_malloc: "NULL on error"
    Since: 18.05   Strength: must
    """
    primary, one, stopped = three(scene, "primary")
    before = scene.hugepages()
    # The request is late on its way, as beside a busy primary: the one who waits for its answer then
    # gives up as much earlier than the primary gives up on the stopped one.
    late_s = scene.speed.brief_s
    late = Rule("delay", MALLOC_REQUEST, delay_s=late_s, most=1)
    with Stopped(stopped), Relay(scene, scene.socket_of(primary), late):
        twice = one.tell("repeat", times=1, command={"verb": "malloc", "size": SIZE})
        scene.wait_until(lambda: scene.hugepages() > before, "new pages")
        # Whatever the primary does when its time is up, it has done before this returns.
        probe = {"name": "probe", "timeout": DPDK_WAITS_S + late_s, "wait": True}
        outlived = primary.call("mp_request_async", deadline_s=3 * DPDK_WAITS_S, **probe)
        assert outlived.ret == 0
    twice.answer(deadline_s=4 * DPDK_WAITS_S)


def test_death_inside_malloc_blocks_nobody(scene: Scene):
    """A secondary that is killed while it waits in rte_malloc does not keep the others from allocating.

    Source: guide, "Multi-process Support": "to work together"; rte_malloc.h, rte_malloc
    Since: 18.05   Strength: must
    """
    primary, victim = scene.primary(), scene.secondary()
    with Stopped(primary):
        asked = victim.tell("malloc", size=SIZE)
        scene.wait_until(lambda: scene.queued_at(primary), "a request in the primary's queue")
        with Killed(victim):
            victim.forget(asked)
    # Longer than DPDK itself waits for anything here: who does not answer by then never will.
    answer = primary.call("malloc", size=64, deadline_s=DPDK_WAITS_S + scene.speed.slack_s)
    assert _got(answer) == "memory"


# -- the messages -----------------------------------------------------------------------------------


def _ask(ghost: Ghost, request: Malloc) -> Asked:
    ghost.send(MpType.MP_MSG, MALLOC_REQUEST, bytes(request))
    return ghost.expect()


def test_request_is_answered_after_all_have_mapped(scene: Scene):
    """A request for memory is answered with success, to whom it may concern, once every peer has said
    that it has mapped it; so is a request to free.

    Source: malloc_mp.c, "General workflow"
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    _listen(primary)
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
        _serve(ghost, pending)
    ptr = pending.answer().ret
    fill(one, ptr)
    assert seen(other, ptr) == "the same"


def test_request_that_comes_twice_is_handled_once(scene: Scene):
    """A request for memory that arrives twice is handled once.

    Source: malloc_mp.c, handle_request: "make sure it's not a dupe"
    Since: 18.05   Strength: observed
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
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    primary.call("mp_action_register", name="ping", manner="reply")
    with Ghost(scene) as ghost:
        _ask(ghost, Malloc.alloc(1, SIZE))
        ghost.send(MpType.MP_MSG, MALLOC_REQUEST, bytes(Malloc.alloc(2, SIZE)))
        r = secondary.call("mp_request_sync", name="ping", timeout="patience")
        assert r.nb_received == 1


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
