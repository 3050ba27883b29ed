# SPDX-License-Identifier: BSD-3-Clause
"""Rings that one process frees, makes again, or makes in memory of its own: what that is to others."""

from __future__ import annotations

from typing import Any

from conformance.roles import both_roles, pair
from conformance.rte_ring.api import PAIRS, Ends, alike, flags, shared
from targets.peer import Peer
from targets.scene import Scene


@both_roles
def test_anybody_may_free_it(scene: Scene, role: str):
    """A ring that one process has made is freed by another: nobody finds it any more, its name is free.

    Source: rte_ring.h, rte_ring_free: "De-allocate all memory used by the ring"
    Since: 18.05   Strength: must
    """
    maker, other = pair(scene, role)
    ends = shared(maker, other, "MP-MC")
    name = ends.states()[0].name
    other.call("ring_free", ring=ends.ring)
    gone = [peer.call("ring_lookup", name=name).rte_errno for peer in (maker, other)]
    again = maker.call("ring_create", name=name, count=8).ring
    assert (gone, again is not None) == (["ENOENT"] * 2, True)


@both_roles
def test_ring_made_again_is_a_new_one(scene: Scene, role: str):
    """A ring that is freed and made again under its name, by whomever, is found by all as it was made
    now: empty, and of its new size.

    Source: rte_ring.h, rte_ring_create: "to initialize an empty ring"; rte_ring_lookup
    Since: 20.08   Strength: must
    """
    one, other = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        name = f"{modes} again"
        first = one.call("ring_create", name=name, count=8, flags=flags(modes)).ring
        one.call("ring_enqueue_burst", ring=first, objs=[1, 2, 3])
        one.call("ring_free", ring=first)
        second = other.call("ring_create", name=name, count=16, flags=flags(modes)).ring
        found = one.call("ring_lookup", name=name).ring
        ends = Ends(one, other, str(found))
        before = ends.counts()
        seen[modes] = (found == second, before, ends.put("burst", *range(20)).ret, ends.rest())
    promised = (True, (0, 15, True, False), 15, list(range(15)))
    assert seen == alike(PAIRS, promised)


@both_roles
def test_freeing_nothing_does_nothing(scene: Scene, role: str):
    """Freeing NULL does nothing.

    Source: rte_ring.h, rte_ring_free: "If NULL then, the function does nothing"
    Since: 18.05   Strength: must
    """
    one, other = pair(scene, role)
    ends = shared(one, other, "MP-MC")
    ends.put_all(1, 2)
    one.call("ring_free", ring=None)
    assert ends.rest() == [1, 2]


def _heap(peer: Peer) -> int:
    """Bytes of the shared heap that nobody uses."""
    free: int = peer.call("malloc_get_socket_stats", socket=0).heap_freesz_bytes
    return free


@both_roles
def test_freed_ring_keeps_no_memory(scene: Scene, role: str):
    """Rings that are made by one process and freed by another leave nothing of theirs in memory; nor does
    a ring that is refused.

    Source: rte_ring.h, rte_ring_free: "De-allocate all memory used by the ring"; rte_ring_create:
        "NULL on error"
    Since: 18.05   Strength: must
    """
    maker, other = pair(scene, role)
    kept = shared(maker, other, "MP-MC")
    name = kept.states()[0].name
    before = _heap(maker)
    refusals: list[dict[str, Any]] = [{"name": name}, {"count": 3}, {"name": "r" * 29}]
    for number in range(20):
        maker.call("ring_create", name="r", count=1024)
        other.call("ring_free", ring=other.call("ring_lookup", name="r").ring)
        refused: dict[str, Any] = {"name": f"r{number}", "count": 8, **refusals[number % 3]}
        maker.call("ring_create", **refused)
    assert before - _heap(maker) == 0


def _initialised(maker: Peer, other: Peer, modes: str) -> Ends:
    """A ring in memory that the maker has got from DPDK's heap, and told the other of."""
    size = maker.call("ring_get_memsize", count=8).ret
    ring = maker.call("malloc", size=size, align=64).ret
    made = maker.call("ring_init", ring=ring, name=modes, count=8, flags=flags(modes))
    assert made.ret == 0
    return Ends(maker, other, str(other.call("ring_at", ring=ring).ring))


@both_roles
def test_ring_in_memory_of_ones_own(scene: Scene, role: str):
    """A ring that is initialised in memory that processes share works between them in every mode, and
    nobody finds it by its name.

    Source: rte_ring.h, rte_ring_init: "The ring is not added in RTE_TAILQ_RING global list"
    Since: 20.08   Strength: must
    """
    maker, other = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        ends = _initialised(maker, other, modes)
        put = ends.put("burst", *range(1, 10))
        missing = [p.call("ring_lookup", name=modes).rte_errno for p in (maker, other)]
        seen[modes] = ((put.ret, put.free_space), missing, ends.states()[1].name, ends.rest())
    promised = {modes: ((7, 0), ["ENOENT"] * 2, modes, [1, 2, 3, 4, 5, 6, 7]) for modes in PAIRS}
    assert seen == promised


@both_roles
def test_memory_of_ones_own_is_not_freed(scene: Scene, role: str):
    """Freeing a ring that was initialised and not created leaves it as it is.

    Source: rte_ring.c, rte_ring_free: "not created with rte_ring_create()"
    Since: 18.05   Strength: observed
    """
    maker, other = pair(scene, role)
    ends = _initialised(maker, other, "MP-MC")
    ends.put_all(1, 2)
    before = _heap(maker)
    other.call("ring_free", ring=ends.ring)
    maker.call("ring_free", ring=ends.ring)
    assert (_heap(maker) - before, ends.rest()) == (0, [1, 2])
