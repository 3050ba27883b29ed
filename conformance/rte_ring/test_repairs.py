# SPDX-License-Identifier: BSD-3-Clause
"""A ring that a killed process has torn: which repair really works, and what it loses."""

import pytest

from conformance.rte_ring.repairs.table import TABLE, differences
from conformance.rte_ring.deaths.stepping import RingWalker
from conformance.rte_ring.repairs.supervisor import drain_reset, try_repairs
from conformance.rte_ring.repairs.kill_inside import Killer
from conformance.rte_ring.repairs.torn import SIDES
from conformance.rte_ring.deaths.walk import MODES, Walk, operations
from conformance.verdicts.run import Run
from targets.outcome import Inconclusive
from targets.scene import Scene

every_state = pytest.mark.parametrize(
    ("mode", "side"), [(mode, side) for mode in MODES for side in SIDES]
)


@every_state
def test_repair_does_what_is_published(scene: Scene, run: Run, mode: str, side: str):
    """A ring in which a process was killed works again, or not, and loses what the table says.

    Source: rte_ring.h, rte_ring_reset: "not in use"; the guide says nothing of death, nor of a repair
    Since: 20.08   Strength: measured
    """
    known = TABLE.of(run)
    seen = {f"{mode} {side}": try_repairs(scene, mode, side)}
    assert differences(known, seen) == {}


def test_rts_swallows_what_is_put_in_before_the_repair(scene: Scene, run: Run):
    """In an RTS ring in which a producer has died others go on putting in, up to htd_max; what the ring
    took of them since never comes out, and every repair loses it.

    Source: rte_ring_core.h: htd_max is "max allowed distance between head/tail"; of death, nothing
    Since: 20.08   Strength: measured
    """
    TABLE.of(run)
    torn = Killer(scene, "RTS").tear("enqueue", scene.secondary(), n=4)
    goes_on = [torn.give(), torn.give()]
    taken = set(torn.theirs)
    drain_reset(torn)
    harm = torn.harm()
    assert (goes_on, len(taken), harm, taken & set(torn.came)) == ([True, False], 4, "works", set())


@pytest.mark.parametrize("mode", MODES)
def test_reset_helps_wherever_it_died(scene: Scene, run: Run, mode: str):
    """After rte_ring_reset by the only user left, a death at any instruction hangs, doubles and makes
    stale nothing.

    Source: rte_ring.h, rte_ring_reset: "flush all the elements in a ring", "not in use"
    Since: 20.08   Strength: documented
    """
    TABLE.of(run)
    walker, wrong, hurt = _walker(scene), {}, 0
    for walk in _eights(mode):
        hurt += sum(_harm(death) != "" for death in walker.deaths(walk, every=7))
        for death in walker.deaths(walk, repair="reset"):
            if harm := _harm(death):
                wrong[f"{walk} at {death['executed']}"] = harm
    if not hurt:
        raise Inconclusive("without a reset, no death did any harm")
    assert wrong == {}


@pytest.mark.parametrize("mode", MODES)
def test_dead_producer_costs_its_own_objects_only(scene: Scene, run: Run, mode: str):
    """When a producer has died at any instruction, all that was in the ring can be taken out before the
    reset: only its own objects are lost.

    Source: that consumers read the producers' tail alone (rte_ring.h); no text promises it
    Since: 20.08   Strength: measured
    """
    TABLE.of(run)
    assert _lost(scene, mode, "enqueue", "drain, reset") == {}


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "RTS"])
def test_dead_consumer_costs_its_own_objects_only(scene: Scene, run: Run, mode: str):
    """When a consumer has died at any instruction, rte_ring_sc_dequeue_burst by the only consumer left
    takes all that it had not claimed, and then the ring works. Not in RTS.

    Source: rte_ring.h, rte_ring_sc_dequeue_burst: "NOT multi-consumers safe"; of other modes, nothing
    Since: 18.05   Strength: measured
    """
    TABLE.of(run)
    assert _lost(scene, mode, "dequeue", "skip") == {}


def _lost(scene: Scene, mode: str, side: str, repair: str) -> dict[str, int]:
    """By where one has died: objects of others that this repair loses; also where it does harm."""
    walker = _walker(scene)
    return {
        f"{walk} at {death['executed']}": death["lost"]
        for walk in _eights(mode)
        if walk.side == side
        for death in walker.deaths(walk, repair=repair)
        if death["lost"] or _harm(death)
    }


def _walker(scene: Scene) -> RingWalker:
    scene.hugepages()  # Without any, a ring is the memory of one process alone.
    return RingWalker(scene.primary())


def _eights(mode: str) -> list[Walk]:
    """Operations of a mode with eight objects on a ring that wraps."""
    return [
        Walk(mode, operation, 8, "wrapping")
        for its, operation in operations()
        if its == mode and not operation.endswith("_burst")
    ]


def _harm(death: dict) -> str:
    """The harm that a death does to the others, besides the objects that it takes along."""
    hang = [who for who in ("producers", "consumers") if death[f"{who}_hang"]]
    kinds = [f"{death[kind]} {kind}" for kind in ("stale", "doubled") if death[kind]]
    return ", ".join([f"{who} hang" for who in hang] + kinds)
