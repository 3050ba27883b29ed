# SPDX-License-Identifier: BSD-3-Clause
"""Objects in shared memory that hold addresses of one process alone: of its functions, of its memory."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest

from conformance.libraries.hash_table import LOCK_FREE, NAME, create
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene

Make = Callable[[Peer], Any]


def _library(library: str) -> Make:
    """An object of a library with one number in it."""

    def make(peer: Peer) -> Any:
        made = peer.call("library_create", library=library, name=NAME).object
        peer.call("library_add", library=library, name=NAME, number=1)
        return made

    return make


def _mempool(peer: Peer) -> Any:
    peer.call("mempool_create", name=NAME, n=8, elt_size=8)
    return peer.call("mempool_lookup", name=NAME).pool


def _hash(peer: Peer) -> Any:
    create(peer).add(1, 1)
    return peer.call("hash_find_existing", name=NAME).h


def _hash_with_states(peer: Peer) -> Any:
    user = create(peer, LOCK_FREE)
    v = peer.call("rcu_qsbr_init", max_threads=1).v
    peer.call("hash_rcu_qsbr_add", name=NAME, v=v)
    user.add(1, 1)
    return peer.call("hash_find_existing", name=NAME).h


def _hash_with_comparison(peer: Peer) -> Any:
    address = _hash(peer)
    peer.call("hash_set_cmp_func", name=NAME)
    return address


def _metrics(peer: Peer) -> Any:
    """The store, in which there is a metric."""
    peer.call("metrics_init")
    peer.call("metrics_reg_names", names=["a"])
    return peer.call("memzone_lookup", name="RTE_METRICS").addr


def _distributor(peer: Peer) -> Any:
    keys: dict[str, Any] = {"num_workers": 2, "alg_type": "RTE_DIST_ALG_BURST"}
    return peer.call("distributor_create", name=NAME, **keys).d


def _stack(*flags: str) -> Make:
    return lambda peer: peer.call("stack_create", name=NAME, count=8, flags=list(flags)).stack


def _timers(peer: Peer) -> Any:
    """The lists of timers, in which there is one."""
    peer.call("timer_subsystem_init")
    tim = peer.call("timer_new").tim
    peer.call("timer_init", tim=tim)
    peer.call("timer_reset", tim=tim, ticks=1 << 62, type="SINGLE", tim_lcore=0)
    return peer.call("memzone_lookup", name="rte_timer_mz").addr


MAKE: dict[str, Make] = {
    "acl": _library("acl"),
    "distributor of bursts": _distributor,
    "fib": _library("fib"),
    "hash": _hash,
    "hash with a comparison": _hash_with_comparison,
    "hash with quiescent states": _hash_with_states,
    "lpm": _library("lpm"),
    "member": _library("member"),
    "mempool": _mempool,
    "metrics": _metrics,
    "reorder": lambda peer: peer.call("reorder_create", name=NAME, size=8).b,
    "rib": _library("rib"),
    "ring": lambda peer: peer.call("ring_create", name=NAME, count=8).ring,
    "stack with a lock": _stack(),
    "stack without a lock": _stack("RTE_STACK_F_LF"),
    "timers": _timers,
}

# How many addresses of what; objects that are not here have none.
FOUND: dict[str, dict[str, int]] = {
    "fib": {"code of librte_fib": 2, "code of librte_mempool": 1},
    "hash": {"code of librte_hash": 1},
    "hash with a comparison": {"code of librte_hash": 1, "code of peer": 1},
    "hash with quiescent states": {"code of librte_hash": 2},
    "mempool": {"code of librte_mempool": 1},
    "rib": {"code of librte_mempool": 1},
    "timers": {"code of peer": 1},
}


def _found(peer: Peer, address: Any) -> dict[str, int]:
    """How many addresses of what are in an object that are this process' alone."""
    walked = peer.call("private_pointers", ptr=address)
    if walked.blocks == 0:
        raise Inconclusive("the object is in no block of the shared heap")
    words = []
    for each in walked.found:
        library = each["object"].partition(".so")[0] or "memory without a file"
        words.append(f"{'code' if each['code'] else 'data'} of {library}")
    return dict(Counter(words))


@pytest.mark.parametrize("made", list(MAKE))
def test_addresses_of_one_process(scene: Scene, made: str):
    """An object of a library that processes share has no address of its maker's functions, and none of
    its maker's own memory; but for those of this table, which another process must not follow.

    Source: guide, "Multi-process Limitations": "The use of function pointers between multiple processes
        running based of different compiled binaries is not supported, since the location of a given
        function in one process may be different to its location in a second"
    Since: 20.11   Strength: measured
    """
    primary = scene.primary()
    scene.hugepages()
    assert _found(primary, MAKE[made](primary)) == FOUND.get(made, {})


def test_address_that_is_put_there_is_named(scene: Scene):
    """An address of the peer's own code is seen in a block, and in one that this one leads to, and no
    longer when it has gone.

    Source: the walk that the figures of this file are made with
    Since: 20.11   Strength: measured
    """
    primary = scene.primary()
    scene.hugepages()
    first, second = (primary.call("malloc", size=64).ret for _ in range(2))
    code = next(
        line.partition("-")[0]
        for line in Path(f"/proc/{primary.pid}/maps").read_text().splitlines()
        if " r-xp " in line and "librte_eal.so" in line
    )
    seen = []
    for there, address in ((first, second), (second, f"0x{code}"), (second, "0x0")):
        word = int(address, 16).to_bytes(8, "little")
        primary.call("write_memory", ptr=there, data=word)
        seen.append(_found(primary, first))
    assert seen == [{}, {"code of librte_eal": 1}, {}]
