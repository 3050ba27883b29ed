# SPDX-License-Identifier: BSD-3-Clause
"""rte_memzone between processes: made here and found there, freed there, its maker gone, none left."""

from __future__ import annotations

from conformance.roles import both_roles, pair
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

ZONE = "z"
LEN = 4096


def _reserve(peer: Peer, name: str = ZONE) -> tuple[str | None, str | None]:
    """(address, rte_errno) of a memzone that this process reserves."""
    made = peer.call("memzone_reserve", name=name, len=LEN)
    return (made.addr, None) if made.ret == 0 else (None, made.rte_errno)


def _address(peer: Peer, name: str = ZONE) -> str | None:
    """The address at which this process finds a memzone; None where it finds none."""
    found = peer.call("memzone_lookup", name=name)
    return found.addr if found.ret == 0 else None


@both_roles
def test_zone_is_found_by_the_other(scene: Scene, role: str):
    """A memzone that one process reserves is found by the other at the same address, and what one writes
    there the other one reads.

    Source: rte_memzone.h: "The lookup (by name) of a memory zone can be done in any partition and returns
        the same physical address"
    Since: 18.05   Strength: must
    """
    maker, finder = pair(scene, role)
    address, _errno = _reserve(maker)
    found = _address(finder)
    maker.call("write_memory", ptr=address, data=b"to you")
    read = finder.call("read_memory", ptr=found, count=6).data
    assert (found, bytes.fromhex(read)) == (address, b"to you")


@both_roles
def test_name_of_a_zone_is_taken_once(scene: Scene, role: str):
    """A second memzone of the same name is refused with EEXIST, also in the other process.

    Source: rte_memzone.h, rte_memzone_reserve: "EEXIST - a memzone with the same name already exists"
    Since: 18.05   Strength: must
    """
    maker, other = pair(scene, role)
    _reserve(maker)
    assert [_reserve(peer) for peer in (maker, other)] == [(None, "EEXIST")] * 2


@both_roles
def test_zone_is_freed_by_the_other(scene: Scene, role: str):
    """A memzone that the other process frees is found by nobody any more; its name is free again, and
    to free it once more is refused with EINVAL.

    Source: rte_memzone.h, rte_memzone_free: "-EINVAL - invalid parameter", "0 - success"
    Since: 18.05   Strength: must
    """
    maker, other = pair(scene, role)
    _reserve(maker)
    freed = other.call("memzone_free", name=ZONE).ret
    gone = [peer.call("memzone_lookup", name=ZONE).ret for peer in (maker, other)]
    twice = maker.call("memzone_free", name=ZONE).errno
    again, _errno = _reserve(maker)
    assert (freed, gone, twice, again) == (0, [-1, -1], "EINVAL", _address(other))


def test_zone_of_a_dead_process_stays(scene: Scene):
    """A memzone whose maker was killed stays as it was: a successor finds it with what is in it, and
    cannot reserve the name before somebody has freed it.

    Source: rte_memzone.h: "located in a known place of physical memory"; of death, nothing
    Since: 18.05   Strength: measured
    """
    primary, maker = scene.primary(), scene.secondary()
    address, _errno = _reserve(maker)
    maker.call("write_memory", ptr=address, data=b"mine")
    with Killed(maker):
        successor = scene.secondary()
        read = successor.call("read_memory", ptr=_address(successor), count=4).data
        refused = _reserve(successor)
        primary.call("memzone_free", name=ZONE)
        after, _errno = _reserve(successor)
    assert (bytes.fromhex(read), refused, after is not None) == (b"mine", (None, "EEXIST"), True)


def _zones(peer: Peer) -> int:
    """How many memzones there are, as this process sees them."""
    met: int = peer.call("memzone_walk").met
    return met


def test_zones_of_both_are_counted_together(scene: Scene):
    """Two processes that reserve memzones at the same time, until there are no more, both get ENOSPC, and
    each zone that either has got is there.

    Source: rte_memzone.h, rte_memzone_reserve: "ENOSPC - the maximum number of memzones has already been
        allocated"
    Since: 18.05   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    before = _zones(primary)
    both = [peer.tell("memzone_reserve_all", prefix=peer.name) for peer in (primary, secondary)]
    told = [pending.answer() for pending in both]
    got = sum(one.ret for one in told)
    after = [_zones(peer) - before for peer in (primary, secondary)]
    assert ([one.rte_errno for one in told], after) == (["ENOSPC"] * 2, [got, got])


def test_zones_of_a_dead_process_count(scene: Scene):
    """The memzones of a process that was killed count: nobody reserves another one until one of them has
    been freed.

    Source: rte_memzone.h, rte_memzone_reserve: "ENOSPC"; of death, nothing
    Since: 18.05   Strength: measured
    """
    primary, victim = scene.primary(), scene.secondary()
    victim.call("memzone_reserve_all", prefix="v")
    with Killed(victim):
        full = _reserve(primary)
        primary.call("memzone_free", name="v0")
        after, _errno = _reserve(primary)
    assert (full, after is not None) == ((None, "ENOSPC"), True)
