# SPDX-License-Identifier: BSD-3-Clause
"""Sizes, names and element sizes at their limits: what is taken, and what is refused, by each of
rte_ring_create, rte_ring_create_elem, rte_ring_init and rte_ring_get_memsize."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.roles import both_roles, pair, subject
from conformance.rte_ring.api import ESIZES, Ends, alike
from conformance.rte_ring.makers import MAKERS, every_maker, made, told
from targets.scene import Scene

EXACT = "RING_F_EXACT_SZ"
ENOUGH = 2**14  # More rings than DPDK has memzones, by a factor of six


@every_maker
def test_smallest_rings(scene: Scene, maker: str):
    """A ring of size 1 holds nothing, one of size 2 one object; of an exact size of 0 to 4 it holds
    just these.

    Source: rte_ring.h, rte_ring_init, rte_ring_create: "The real usable ring size is count-1";
        RING_F_EXACT_SZ: "the usable space will be exactly that requested"
    Since: 18.05   Strength: must
    """
    maker_peer, filler = pair(scene, "primary")
    seen = {}
    for exact, size in ((0, 1), (0, 2), (0, 4), (1, 0), (1, 1), (1, 2), (1, 3), (1, 4)):
        flags = [EXACT] * exact
        ring, _ = made(maker_peer, maker, name=f"{exact} {size}", count=size, flags=flags)
        ends = Ends(maker_peer, filler, str(filler.call("ring_at", ring=ring).ring))
        slots = maker_peer.call("ring_state", ring=ring).size
        puts = [maker_peer.call("ring_enqueue_elem", ring=ring, obj=b"abcd").ret for _ in range(5)]
        seen[bool(exact), size] = (slots, puts.count(0), ends.counts())
    assert seen == {
        (False, 1): (1, 0, (0, 0, True, True)),
        (False, 2): (2, 1, (1, 0, False, True)),
        (False, 4): (4, 3, (3, 0, False, True)),
        (True, 0): (1, 0, (0, 0, True, True)),
        (True, 1): (2, 1, (1, 0, False, True)),
        (True, 2): (4, 2, (2, 0, False, True)),
        (True, 3): (4, 3, (3, 0, False, True)),
        (True, 4): (8, 4, (4, 0, False, True)),
    }


@pytest.mark.parametrize("maker", MAKERS[1:])  # rte_ring_create: test_create.py
def test_zero_is_no_size(scene: Scene, maker: str):
    """A size of zero is refused with EINVAL.

    Source: rte_ring.h, rte_ring_elem.h: "count: The number of elements (must be a power of 2)"
    Since: 25.11   Strength: must
    """
    primary = scene.primary()
    assert told(primary, maker, count=0) == "EINVAL"


@every_maker
def test_no_other_size_than_a_power_of_two(scene: Scene, maker: str):
    """A size that is no power of two is refused with EINVAL, as is 2^31.

    Source: rte_ring.h, rte_ring_elem.h: "EINVAL - count provided is not a power of 2"; RTE_RING_SZ_MASK
    Since: 18.05   Strength: must
    """
    primary = scene.primary()
    sizes = (3, 5, 6, 7, 9, 1000, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1)
    seen = {size: told(primary, maker, count=size) for size in sizes}
    assert seen == alike(sizes, "EINVAL")


@pytest.mark.parametrize("size", [2**31, 2**32 - 1], ids=["2^31", "2^32-1"])
@every_maker
def test_exact_size_beyond_any_ring_is_refused(scene: Scene, maker: str, size: int):
    """An exact size that no power of two of 32 bits can hold is refused with EINVAL.

    Source: rte_ring.h, RING_F_EXACT_SZ: "the requested size will be rounded up to the next power of two"
    Since: 25.11   Strength: must
    """
    primary = scene.primary()
    assert told(primary, maker, count=size, flags=[EXACT]) == "EINVAL"


@both_roles
def test_no_memory_is_said_so(scene: Scene, role: str):
    """A ring that is larger than the memory there is is refused with ENOMEM; its name stays free, and no
    process finds it.

    Source: rte_ring.h, rte_ring_create: "ENOMEM - no appropriate memory area found in which to create
        memzone"
    Since: 18.05   Strength: must
    """
    scene.hugepages()
    # Without a limit, all pages of the machine would be tried first.
    peers = [scene.primary("--socket-limit=64"), scene.secondary()]
    maker, other = peers if role == "primary" else reversed(peers)
    sizes: list[tuple[str, dict[str, Any]]] = [
        ("ring_create", {"count": 2**30}),
        ("ring_create", {"count": 2**30 - 1, "flags": [EXACT]}),
        ("ring_create_elem", {"count": 2**29, "esize": 64}),
    ]
    refused = [made(maker, verb, **keys) for verb, keys in sizes]
    found = other.call("ring_lookup", name="r").rte_errno
    again = other.call("ring_create", name="r", count=8).ring
    assert (refused, found, again is not None) == ([(None, "ENOMEM")] * 3, "ENOENT", True)


@both_roles
def test_no_memory_on_that_node_is_said_so(scene: Scene, role: str):
    """A ring that is wanted on a NUMA node that is not there is refused with ENOMEM.

    Source: rte_ring.h, rte_ring_create: "socket_id: the socket identifier in case of NUMA"; "ENOMEM"
    Since: 18.05   Strength: must
    """
    peer = subject(scene, role)
    refused = [made(peer, verb, count=8, socket_id=31) for verb in MAKERS[:2]]
    anywhere, _ = made(peer, "ring_create", count=8, socket_id=-1)
    assert (refused, anywhere is not None) == ([(None, "ENOMEM")] * 2, True)


@both_roles
def test_longest_name(scene: Scene, role: str):
    """A name may be 28 characters long: others find it by all of them, and by none fewer or more.

    Source: rte_ring_core.h, RTE_RING_NAMESIZE: "The maximum length of a ring name"
    Since: 18.05   Strength: must
    """
    maker, finder = pair(scene, role)
    name = "a" + "r" * 27
    ring = maker.call("ring_create", name=name, count=8).ring
    finds = [finder.call("ring_lookup", name=n).ring for n in (name, name[:-1], name + "r")]
    assert (ring is not None, finds) == (True, [ring, None, None])


@every_maker
def test_longer_name_is_refused(scene: Scene, maker: str):
    """A name of 29 characters is refused with ENAMETOOLONG.

    Source: rte_ring.c, rte_ring_create_elem, rte_ring_init; RTE_RING_NAMESIZE
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    ring, why = made(primary, maker, name="r" * 29, count=8)
    assert (ring is None, why) == (True, "ENAMETOOLONG")


@both_roles
def test_element_size_is_a_multiple_of_four(scene: Scene, role: str):
    """An element size that is no multiple of 4 is refused with EINVAL.

    Source: rte_ring_elem.h, rte_ring_create_elem, rte_ring_get_memsize_elem: "EINVAL - esize is not a
        multiple of 4"
    Since: 20.05   Strength: must
    """
    peer = subject(scene, role)
    sizes = (1, 2, 3, 5, 6, 7, 63, 65, 2**32 - 1)
    seen = {}
    for esize in sizes:
        made = peer.call("ring_create_elem", name="r", count=8, esize=esize)
        needs = peer.call("ring_get_memsize_elem", count=8, esize=esize)
        seen[esize] = (made.ring, made.rte_errno, needs.ret, needs.errno)
    assert seen == alike(sizes, (None, "EINVAL", -22, "EINVAL"))


@both_roles
def test_memory_that_a_ring_needs(scene: Scene, role: str):
    """The memory that a ring needs is a whole number of cache lines, and grows by the size of an element
    for each one more.

    Source: rte_ring.h, rte_ring_get_memsize; rte_ring_elem.h, rte_ring_get_memsize_elem: "the sum of the
        size of the structure rte_ring and the size of the memory needed for storing the elements"
    Since: 20.05   Strength: must
    """
    peer = subject(scene, role)

    def needs(esize: int, size: int) -> int:
        return int(peer.call("ring_get_memsize_elem", esize=esize, count=size).ret)

    growth = {esize: (needs(esize, 2**30) - needs(esize, 2**29)) / 2**29 for esize in ESIZES}
    lines = {needs(esize, size) % 64 for esize in ESIZES for size in (1, 2, 4, 8, 16)}
    pointers = {peer.call("ring_get_memsize", count=n).ret == needs(8, n) for n in (1, 8, 2**30)}
    assert (growth, lines, pointers) == ({esize: esize for esize in ESIZES}, {0}, {True})


@pytest.mark.parametrize("size", [0, 3, 2**31, 2**32 - 1], ids=["0", "3", "2^31", "2^32-1"])
def test_no_memory_for_no_size(scene: Scene, size: int):
    """Asked for the memory of a size that is no power of two, it says -EINVAL.

    Source: rte_ring.h, rte_ring_get_memsize: "-EINVAL if count is not a power of 2"
    Since: 25.11   Strength: must
    """
    r = scene.primary().call("ring_get_memsize", count=size)
    assert (r.errno or "a size") == "EINVAL"


@both_roles
def test_no_more_memzones(scene: Scene, role: str):
    """When all memzones are taken, a ring is refused with ENOSPC in every process, until somebody frees
    one.

    Source: rte_ring.h, rte_ring_create: "ENOSPC - the maximum number of memzones has already been
        allocated"
    Since: 18.05   Strength: must
    """
    maker, other = pair(scene, role)
    every = (maker.call("ring_create", name=str(number), count=1) for number in range(ENOUGH))
    last = next((r.rte_errno for r in every if r.ring is None), None)
    refused = [peer.call("ring_create", name="one more", count=1) for peer in (maker, other)]
    other.call("ring_free", ring=other.call("ring_lookup", name="0").ring)
    again = other.call("ring_create", name="one more", count=1).ring
    assert (last, [(r.ring, r.rte_errno) for r in refused], again is not None) == (
        "ENOSPC",
        [(None, "ENOSPC")] * 2,
        True,
    )
