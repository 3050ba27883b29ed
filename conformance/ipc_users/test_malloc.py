# SPDX-License-Identifier: BSD-3-Clause
"""The heap that all processes share: who sees it grow and shrink, and who may free."""

import pytest

from conformance.roles import both_roles, each_of_three, pair, three
from conformance.ipc_users.block import PAGE, SIZE, drain, events, fill, got, listen, seen
from faults.ghost import Ghost
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType
from traffic.eal_param import MALLOC_SYNC


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
    listen(one, *others)
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
    listen(third)
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
    """A process can free what another process has allocated: the pages go back.

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
    assert (got(answer), scene.hugepages() - before) == ("memory", 3 if beyond else 2)


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
    listen(one, other)
    before = scene.hugepages()
    refused = one.call("malloc", size=2 * SIZE)
    assert (got(refused), scene.hugepages(), events(one), events(other)) == (
        "no memory",
        before,
        [],
        [],
    )
    assert got(one.call("malloc", size=SIZE)) == "memory"


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
    quick = large.took_ns / 1e9 < scene.speed.late_s
    assert (got(small), got(large), quick) == ("memory", "no memory", True)


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
