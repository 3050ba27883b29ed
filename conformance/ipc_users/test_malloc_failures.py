# SPDX-License-Identifier: BSD-3-Clause
"""Allocating beside a peer that fails: all processes have the memory, or none has."""

import socket

import pytest

from conformance.roles import both_roles, pair, three
from conformance.ipc_users.block import SIZE, events, fill, got, listen, seen
from conformance.ipc_users.serve import serve_growth
from faults.ghost import Ghost
from faults.process import Killed, FewDescriptors, Stopped
from faults.relay import Relay, Rule
from targets.scene import Scene
from traffic.datagram import MpType
from traffic.eal_param import MALLOC_REQUEST, MALLOC_SYNC, Malloc, MallocType

# MP_TIMEOUT_S of malloc_mp.c.
DPDK_WAITS_S = 5.0


FAULTS: dict[str, dict[str, int]] = {
    "fails": {"result": Malloc.FAIL},
    "another-id": {"id": 1},
    "another-type": {"t": MallocType.ALLOC},
}


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
    listen(one, other)
    before = scene.hugepages()
    with Ghost(scene) as ghost:
        pending = one.tell("malloc", size=SIZE)
        serve_growth(ghost, pending, **FAULTS[fault])
    assert (got(pending.answer()), scene.hugepages() - before) == ("no memory", 0)
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
        serve_growth(ghost, pending, **FAULTS[fault])
        failed = pending.answer().ret
        pending = one.tell("malloc", size=SIZE)
        serve_growth(ghost, pending)
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
    listen(*secondaries)
    before = scene.hugepages()
    with Relay(scene, scene.socket_of(secondaries[0]), Rule("drop", MALLOC_SYNC, most=1)):
        answer = primary.call("malloc", size=SIZE, deadline_s=3 * DPDK_WAITS_S)
    assert (got(answer), scene.hugepages()) == ("no memory", before)
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
    listen(one, primary)
    before = scene.hugepages()
    with Relay(scene, scene.socket_of(deaf), Rule("drop", MALLOC_SYNC, most=1)):
        answer = one.call("malloc", size=SIZE, deadline_s=3 * DPDK_WAITS_S)
        for peer in (primary, one):
            peer.expect("mem_event", event_type="FREE")
    # The event is told before the pages go.
    scene.wait_until(lambda: scene.hugepages() == before, "the pages to be back")
    assert got(answer) == "no memory"
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
    assert (got(answer), scene.hugepages() - before) == ("no memory", 0)


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
    assert got(answer) == "memory"
