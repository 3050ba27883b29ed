# SPDX-License-Identifier: BSD-3-Clause
"""rte_ring_create, rte_ring_lookup and rte_ring_free, from either process."""

import pytest

from conformance.roles import both_roles, pair, subject
from targets.scene import Scene


@both_roles
def test_ring_is_found_by_the_other(scene: Scene, role: str):
    """A ring that one process creates is found by the other under its name, at the same address.

    Source: rte_ring.h, rte_ring_create and rte_ring_lookup; guide, "Multi-process Support"
    Since: 18.05   Strength: must
    """
    maker, finder = pair(scene, role)
    made = maker.call("ring_create", name="r", count=8)
    found = finder.call("ring_lookup", name="r")
    assert (found.ring, found.rte_errno) == (made.ring, None)
    assert finder.call("ring_state", ring=found.ring).name == "r"


@both_roles
def test_unknown_ring_is_not_found(scene: Scene, role: str):
    """Looking up a ring that nobody made returns NULL with ENOENT.

    Source: rte_ring.h, rte_ring_lookup
    Since: 18.05   Strength: must
    """
    r = subject(scene, role).call("ring_lookup", name="nobody's")
    assert (r.ring, r.rte_errno) == (None, "ENOENT")


@both_roles
def test_freed_ring_is_not_found(scene: Scene, role: str):
    """A ring that one process frees is no longer found by the other, and its name is free again.

    Source: rte_ring.h, rte_ring_free
    Since: 18.05   Strength: must
    """
    maker, finder = pair(scene, role)
    ring = maker.call("ring_create", name="r", count=8).ring
    before = finder.call("ring_lookup", name="r").ring
    maker.call("ring_free", ring=ring)
    gone = finder.call("ring_lookup", name="r")
    again = finder.call("ring_create", name="r", count=8)
    assert (before, gone.ring, gone.rte_errno) == (ring, None, "ENOENT")
    assert again.ring is not None


@both_roles
def test_name_is_taken_once(scene: Scene, role: str):
    """A second ring of the same name is refused with EEXIST, also in the other process.

    Source: rte_ring.h, rte_ring_create: "EEXIST - a memzone with the same name already exists"
    Since: 18.05   Strength: must
    """
    maker, other = pair(scene, role)
    maker.call("ring_create", name="r", count=8)
    said = [peer.call("ring_create", name="r", count=8) for peer in (maker, other)]
    assert [(r.ring, r.rte_errno) for r in said] == [(None, "EEXIST")] * 2


@pytest.mark.parametrize("count", [3, 12, 0x80000000])
def test_size_must_be_a_power_of_two(scene: Scene, count: int):
    """A size that is no power of two, or too large, is refused with EINVAL.

    Source: rte_ring.h, rte_ring_create: "count provided is not a power of 2"
    Since: 18.05   Strength: must
    """
    r = scene.primary().call("ring_create", name="r", count=count)
    assert (r.ring, r.rte_errno) == (None, "EINVAL")


def test_size_zero_is_refused(scene: Scene):
    """A size of zero is refused with EINVAL.

    Source: rte_ring.h, rte_ring_create: "The size of the ring (must be a power of 2)"
    Since: 25.11   Strength: must
    """
    primary = scene.primary()
    r = primary.call("ring_create", name="r", count=0)
    state = primary.call("ring_state", ring=r.ring) if r.ring else None
    seen = f"a ring of size {state.size} and capacity {state.capacity}" if state else r.rte_errno
    assert seen == "EINVAL"


def test_long_name_is_refused(scene: Scene):
    """A name that is too long is refused with ENAMETOOLONG.

    Source: rte_ring.c, rte_ring_create_elem; RTE_RING_NAMESIZE
    Since: 18.05   Strength: observed
    """
    r = scene.primary().call("ring_create", name="r" * 29, count=8)
    assert (r.ring, r.rte_errno) == (None, "ENAMETOOLONG")


@pytest.mark.parametrize(
    "flags, count, size, capacity",
    [([], 8, 8, 7), (["RING_F_EXACT_SZ"], 7, 8, 7), (["RING_F_EXACT_SZ"], 8, 16, 8)],
    ids=["one-slot-unused", "exact-7", "exact-8"],
)
def test_capacity(scene: Scene, flags: list, count: int, size: int, capacity: int):
    """A ring holds one object less than its size; with RING_F_EXACT_SZ exactly what was asked for.

    Source: rte_ring.h, rte_ring_create, RING_F_EXACT_SZ
    Since: 18.05   Strength: must
    """
    maker, filler = pair(scene, "primary")
    ring = maker.call("ring_create", name="r", count=count, flags=flags).ring
    filler.call("ring_lookup", name="r")
    put = filler.call("ring_enqueue_burst", ring=ring, objs=list(range(1, 20)))
    state = maker.call("ring_state", ring=ring)
    assert (state.size, state.capacity, put.ret, state.full, state.free_count) == (
        size,
        capacity,
        capacity,
        True,
        0,
    )


def test_unknown_flag_is_refused(scene: Scene):
    """A flag that does not exist is refused: no ring, EINVAL.

    Source: rte_ring.h, rte_ring_create: "NULL on error with rte_errno set appropriately"
    Since: 20.08   Strength: must
    """
    primary = scene.primary()
    r = primary.call("ring_create", name="r", count=8, more_flags=0x80)
    state = primary.call("ring_state", ring=r.ring) if r.ring else None
    seen = f"a ring named {state.name!r} of size {state.size}" if state else r.rte_errno
    assert seen == "EINVAL"


@pytest.mark.parametrize(
    "flags",
    [
        ["RING_F_SP_ENQ", "RING_F_MP_HTS_ENQ"],
        ["RING_F_MP_RTS_ENQ", "RING_F_MP_HTS_ENQ"],
        ["RING_F_SC_DEQ", "RING_F_MC_RTS_DEQ"],
    ],
    ids=["SP-and-HTS", "RTS-and-HTS", "SC-and-RTS"],
)
def test_two_modes_for_one_side_are_refused(scene: Scene, flags: list):
    """Two synchronisation modes for the same side are refused: no ring, EINVAL.

    Source: rte_ring.h, rte_ring_create: "NULL on error"; rte_ring.c, get_sync_type
    Since: 20.08   Strength: must
    """
    primary = scene.primary()
    r = primary.call("ring_create", name="r", count=8, flags=flags)
    state = primary.call("ring_state", ring=r.ring) if r.ring else None
    seen = f"a ring named {state.name!r} of capacity {state.capacity}" if state else r.rte_errno
    assert seen == "EINVAL"
