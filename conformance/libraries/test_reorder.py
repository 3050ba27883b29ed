# SPDX-License-Identifier: BSD-3-Clause
"""rte_reorder between processes: a buffer that one makes, and mbufs that another one puts in order."""

from __future__ import annotations

from typing import Any

from conformance.roles import both_roles, pair
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

NAME, POOL = "b", "p"
SIZE = 8


def _create(peer: Peer, name: str = NAME) -> tuple[str | None, str | None]:
    """(address, rte_errno) of a buffer that this process makes."""
    made = peer.call("reorder_create", name=name, size=SIZE)
    return made.b, made.rte_errno


def _found(peer: Peer, name: str = NAME) -> tuple[str | None, str | None]:
    found = peer.call("reorder_find_existing", name=name)
    return found.b, found.rte_errno


def _made(scene: Scene, maker: Peer) -> str | None:
    """The address of a buffer, and a pool of mbufs for it. The field of the numbers is there before, so
    that a secondary can make one, too."""
    primary = scene.peers[0]
    primary.call("pktmbuf_pool_create", name=POOL, n=SIZE)
    primary.call("mempool_get_bulk", name=POOL, n=SIZE)
    if maker is not primary:
        _create(primary, "the primary's")
    address, rte_errno = _create(maker)
    assert address is not None, f"no buffer: {rte_errno}"
    return address


def _number(peer: Peer, *mbufs: int) -> None:
    """Gives these mbufs sequence numbers, one after another."""
    peer.call("reorder_number", pool=POOL, mbufs=list(mbufs), seqn=100)


def _seqns(peer: Peer, *mbufs: int) -> list[int]:
    seqns: list[int] = peer.call("reorder_seqn", pool=POOL, mbufs=list(mbufs)).seqns
    return seqns


def _insert(peer: Peer, *mbufs: int) -> tuple[int, str | None]:
    """(how many the buffer has taken, rte_errno)"""
    told = peer.call("reorder_insert", name=NAME, pool=POOL, mbufs=list(mbufs))
    return told.taken, told.rte_errno


def _drain(peer: Peer) -> list[Any]:
    mbufs: list[Any] = peer.call("reorder_drain", name=NAME, pool=POOL)["mbufs"]
    return mbufs


@both_roles
def test_buffer_is_found_by_the_other(scene: Scene, role: str):
    """A reorder buffer that one process makes is found by the other under its name, at the same address,
    until either of them frees it.

    Source: rte_reorder.h, rte_reorder_find_existing: "Find an existing reorder buffer instance and return
        a pointer to it"; "ENOENT - required entry not available to return"
    Since: 20.11   Strength: must
    """
    maker, other = pair(scene, role)
    address = _made(scene, maker)
    found = _found(other)
    other.call("reorder_free", name=NAME)
    assert (found, _found(maker)) == ((address, None), (None, "ENOENT"))


def test_first_buffer_is_a_secondarys(scene: Scene):
    """A secondary makes a reorder buffer, also where the primary has made none.

    Source: rte_reorder.h, rte_reorder_create: "Create a new reorder buffer instance"; "ENOMEM - no
        appropriate memory area found in which to create memzone"
    Since: 20.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    first = _create(secondary, "first")
    _create(primary, "the primary's")
    second, rte_errno = _create(secondary, "second")
    assert (second is None, rte_errno) == (False, None)
    assert first[1] is None


@both_roles
def test_mbufs_of_one_are_ordered_by_the_other(scene: Scene, role: str):
    """Mbufs that their maker has numbered come out in order when another process, which has found the
    buffer, puts them in and takes them out.

    Source: rte_reorder.h, rte_reorder_insert: "The mbuf must contain a sequence number which is then used
        to place the buffer in the correct position in the reorder buffer"
    Since: 20.11   Strength: must
    """
    maker, other = pair(scene, role)
    _made(scene, maker)
    _number(maker, 0, 1, 2, 3)
    mine = (_insert(maker, 0), _drain(maker))
    _found(other)
    theirs = (_insert(other, 3, 1, 2), _drain(other))
    assert mine == ((1, None), [0])
    assert theirs == ((3, None), [1, 2, 3])


@both_roles
def test_number_of_one_is_read_by_the_other(scene: Scene, role: str):
    """The sequence number that a process gives an mbuf is read by another process that has found the
    buffer.

    Source: rte_reorder.h, rte_reorder_seqn: "Read reorder sequence number from mbuf"
    Since: 20.11   Strength: must
    """
    maker, other = pair(scene, role)
    _made(scene, maker)
    _number(maker, 0, 1)
    mine = _seqns(maker, 0, 1)
    _found(other)
    same = _seqns(other, 0, 1) == mine
    assert (mine, same) == ([100, 101], True)


@both_roles
def test_process_that_makes_it_again_uses_it(scene: Scene, role: str):
    """A process that makes a reorder buffer of the same name is given the one that is there, and from
    then on finds the numbers of mbufs where its maker has put them: both put mbufs in, and either takes
    them out.

    Source: rte_reorder.c, rte_reorder_create: "guarantee there's no existing"; no header says so
    Since: 20.11   Strength: observed
    """
    maker, other = pair(scene, role)
    address = _made(scene, maker)
    again = _create(other)
    _number(maker, 0, 1)
    numbers = _seqns(other, 0, 1)
    _number(other, 0, 1, 2, 3)
    inserted = [_insert(maker, 0, 2), _insert(other, 3, 1)]
    assert (again, numbers) == ((address, None), [100, 101])
    assert (inserted, _drain(other), _drain(maker)) == ([(2, None)] * 2, [0, 1, 2, 3], [])


def test_buffer_outlives_its_maker(scene: Scene):
    """A reorder buffer whose maker was killed between two calls stays, with its mbufs: the primary, which
    has a buffer of its own, takes them out in order.

    Source: guide, "Multi-process Support"; of death, nothing
    Since: 20.11   Strength: measured
    """
    primary, maker = scene.primary(), scene.secondary()
    address = _made(scene, maker)
    _number(maker, 0, 1, 2)
    _insert(maker, 0, 2)
    with Killed(maker):
        found = _found(primary)
        inserted = _insert(primary, 1)
        drained = _drain(primary)
    assert (found, inserted, drained) == ((address, None), (1, None), [0, 1, 2])
