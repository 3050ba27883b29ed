# SPDX-License-Identifier: BSD-3-Clause
"""rte_distributor between processes: one deals mbufs out, and its workers are others."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.eal.locks import given_up
from conformance.roles import both_roles, pair
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

POOL = "p"
BURST, SINGLE = "RTE_DIST_ALG_BURST", "RTE_DIST_ALG_SINGLE"


def _create(scene: Scene, peer: Peer) -> dict[str, Any]:
    """The keys of each call: an instance, which any process is told, and the pool of its mbufs. They are
    all of one flow."""
    scene.peers[0].call("pktmbuf_pool_create", name=POOL, n=64)
    made = peer.call("distributor_create", name="d", num_workers=2, alg_type=BURST)
    assert made.d is not None, f"no distributor: {made.rte_errno}"
    return {"d": made.d, "pool": POOL}


def _poll(worker: Peer, d: dict[str, Any], number: int) -> list[int]:
    """The mbufs that this worker has been dealt."""
    mbufs: list[int] = worker.call("distributor_poll_pkt", **d, worker_id=number)["mbufs"]
    return mbufs


def _ready(worker: Peer, d: dict[str, Any], number: int, *mbufs: int) -> None:
    """A worker gives these back, and is from now on dealt others."""
    worker.call("distributor_request_pkt", **d, worker_id=number, mbufs=list(mbufs))


def _begin(worker: Peer, d: dict[str, Any], number: int) -> None:
    """The worker's first request, and its first look, which finds nothing and lets the others come."""
    _ready(worker, d, number)
    _poll(worker, d, number)


def _deal(peer: Peer, d: dict[str, Any], *mbufs: int) -> int:
    ret: int = peer.call("distributor_process", **d, mbufs=list(mbufs)).ret
    return ret


def _returned(peer: Peer, d: dict[str, Any]) -> list[int]:
    mbufs: list[int] = peer.call("distributor_returned_pkts", **d)["mbufs"]
    return mbufs


@both_roles
def test_worker_is_another_process(scene: Scene, role: str):
    """A worker in another process is dealt the mbufs in their order, and those that the worker gives back
    come back to the distributor.

    Source: rte_distributor.h, rte_distributor_poll_pkt: "check for new packets that were previously
        requested"; rte_distributor_returned_pkts; of processes, nothing
    Since: 20.11   Strength: observed
    """
    distributor, worker = pair(scene, role)
    d = _create(scene, distributor)
    _begin(worker, d, 0)
    dealt = (_deal(distributor, d, 0, 1, 2, 3), _poll(worker, d, 0))
    _ready(worker, d, 0, *dealt[1])
    _deal(distributor, d)
    assert (dealt, _returned(distributor, d)) == ((4, [0, 1, 2, 3]), [0, 1, 2, 3])


@pytest.mark.parametrize("kind, shared", [(BURST, True), (SINGLE, False)])
def test_where_an_instance_lies(scene: Scene, kind: str, shared: bool):
    """A distributor of bursts lies in memory that all processes have; one of single packets lies in
    memory of its maker alone, and no other process can use it.

    Source: rte_distributor.h, rte_distributor_create: "Reserves the memory needed for the distributor
        operation"; of processes, nothing
    Since: 20.11   Strength: measured
    """
    primary = scene.primary()
    made = primary.call("distributor_create", name="d", num_workers=2, alg_type=kind)
    assert (made.d is None, made.shared) == (False, shared)


def test_instance_outlives_its_maker(scene: Scene):
    """A distributor whose maker was killed between two calls goes on where another process deals.

    Source: guide, "Multi-process Support"; of death, nothing
    Since: 20.11   Strength: measured
    """
    primary, maker, worker = scene.primary(), scene.secondary(), scene.secondary()
    d = _create(scene, maker)
    _begin(worker, d, 0)
    _deal(maker, d, 0, 1)
    with Killed(maker):
        first = _poll(worker, d, 0)
        _ready(worker, d, 0, *first)
        _deal(primary, d, 2)
        second = _poll(worker, d, 0)
        returned = _returned(primary, d)
    assert (first, second, returned) == ([0, 1], [2], [0, 1])


# More than a worker is dealt at once: 8, and as many wait for that one.
FEW, MANY = range(4, 8), range(4, 32)


@pytest.mark.parametrize("what", ["process", "flush"])
def test_dead_worker_hangs_the_distributor(scene: Scene, what: str):
    """A worker that is killed with mbufs in hand keeps those of the same flow waiting, and once there
    are more than a burst of them, or the distributor is flushed, the distributor hangs.

    Source: rte_distributor.h, rte_distributor_flush: "so that there are no in-flight or backlogged
        packets awaiting processing"; of death, nothing
    Since: 20.11   Strength: measured
    """
    primary, victim, other = scene.primary(), scene.secondary(), scene.secondary()
    d = _create(scene, primary)
    _begin(victim, d, 0)
    _deal(primary, d, 0, 1)
    _poll(victim, d, 0)
    _begin(other, d, 1)
    with Killed(victim):
        waits = (_deal(primary, d, *FEW), _poll(other, d, 1))
        verb, keys = f"distributor_{what}", ({"mbufs": list(MANY)} if what == "process" else {})
        hung = given_up(primary, {what: (verb, {**d, **keys})})
        primary.kill()
    assert (waits, hung) == ((len(FEW), []), [what])


def test_successor_hands_over_what_the_dead_had(scene: Scene):
    """A process that stops working in the place of a worker that was killed hands the dead one's mbufs,
    and those that waited for the dead one, over to another worker.

    Source: rte_distributor.h, rte_distributor_return_pkt: "for example, because a worker thread is
        shutting down"; of death, nothing
    Since: 20.11   Strength: measured
    """
    primary, victim, other = scene.primary(), scene.secondary(), scene.secondary()
    d = _create(scene, primary)
    _begin(victim, d, 0)
    _deal(primary, d, 0, 1)
    with Killed(victim):
        _deal(primary, d, *FEW)
        _begin(other, d, 1)
        other.call("distributor_return_pkt", **d, worker_id=0, mbufs=[])
        _deal(primary, d)
        first = _poll(other, d, 1)
    assert first == [0, 1, *FEW]
