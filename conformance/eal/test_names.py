# SPDX-License-Identifier: BSD-3-Clause
"""Names of shared objects: taken by one process, asked for by another one, and left by a dead one."""

import pytest

from conformance.roles import both_roles, pair
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

every_pool = pytest.mark.parametrize(
    "verb, keys",
    [("pktmbuf_pool_create", {"n": 63}), ("mempool_create", {"n": 63, "elt_size": 64})],
    ids=["pktmbuf", "mempool"],
)


def _ring(peer: Peer) -> str | None:
    """What came of making a ring: None where there is one, or rte_errno."""
    answer = peer.call("ring_create", name="name", count=64)
    return None if answer.ring else answer.rte_errno


@both_roles
def test_name_of_another_processes_ring_is_taken(scene: Scene, role: str):
    """A ring whose name another process has given to one is not made: EEXIST.

    Source: rte_ring.h, rte_ring_create: "EEXIST - a memzone with the same name already exists"
    Since: 1.2.3   Strength: must
    """
    maker, other = pair(scene, role)
    assert (_ring(maker), _ring(other)) == (None, "EEXIST")


@both_roles
def test_ring_of_a_dead_process_is_found_and_its_name_taken(scene: Scene, role: str):
    """A ring outlives the process that has made it: it is found by its name, which stays taken.

    Source: guide, "Memory Sharing": "all memory zones are shared between processes"; rte_ring.h: "EEXIST"
    Since: 1.2.3   Strength: observed
    """
    maker, other = pair(scene, role)
    made = _ring(maker)
    with Killed(maker):
        found = other.call("ring_lookup", name="name").ring is not None
        again = _ring(other)
    assert (made, found, again) == (None, True, "EEXIST")


@every_pool
@both_roles
def test_name_of_another_processes_pool_is_taken(scene: Scene, role: str, verb: str, keys: dict):
    """A pool whose name another process has given to one is not made: EEXIST, and the first one works.

    Source: rte_mempool.h, rte_mempool_create, and rte_mbuf.h, rte_pktmbuf_pool_create: "EEXIST - a
        memzone with the same name already exists"
    Since: 1.2.3   Strength: must
    """
    maker, other = pair(scene, role)
    made = [peer.call(verb, name="name", **keys) for peer in (maker, other)]
    seen = [(answer.ret == 0, answer.rte_errno) for answer in made]
    got = other.call("mempool_get_bulk", name="name", n=8).ret
    assert (seen[0][0], seen[1], got) == (True, (False, "EEXIST"), 0)
