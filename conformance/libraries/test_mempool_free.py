# SPDX-License-Identifier: BSD-3-Clause
"""rte_mempool_free of a pool that another process has made."""

from __future__ import annotations

from conformance.roles import both_roles, pair
from targets.scene import Scene


@both_roles
def test_pool_is_freed_by_the_other(scene: Scene, role: str):
    """A mempool is freed by its maker, and by the other process: then nobody finds it any more.

    Source: rte_mempool.h, rte_mempool_free: "Unlink the mempool from global list, free the memory chunks,
        and all memory referenced by the mempool"
    Since: 16.07   Strength: must
    """
    maker, other = pair(scene, role)
    for name in ("mine", "yours"):
        maker.call("mempool_create", name=name, n=8, elt_size=8)
    maker.call("mempool_free", name="mine")
    freed = other.call("mempool_lookup", name="mine").rte_errno
    there = other.call("mempool_lookup", name="yours").ret
    assert (freed, there) == ("ENOENT", 0)
    other.call("mempool_free", name="yours")
    assert maker.call("mempool_lookup", name="yours").rte_errno == "ENOENT"
