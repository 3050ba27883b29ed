# SPDX-License-Identifier: BSD-3-Clause
"""A process killed inside one ring operation: what it leaves, instruction by instruction."""

import pytest

from conformance.deaths import table
from conformance.rte_ring.deaths.stepping import RingWalker
from conformance.rte_ring.deaths.walk import MODES, TABLE, operations, walks
from conformance.verdicts.run import Run
from targets.outcome import Inconclusive
from targets.scene import Scene

every_operation = pytest.mark.parametrize(("mode", "operation"), operations())


def _walker(scene: Scene) -> RingWalker:
    scene.hugepages()  # Without any, a ring is the memory of one process alone.
    return RingWalker(scene.primary())


@every_operation
def test_death_leaves_what_is_published(scene: Scene, run: Run, mode: str, operation: str):
    """A process killed after any instruction of this operation leaves the ring as the table says.

    Source: rte_ring*.h; the guide speaks of preemption, and of death nowhere
    Since: 20.08   Strength: measured
    """
    known = TABLE.of(run)
    ranges = {str(walk): found for walk, found in _walker(scene).all_of(mode, operation)}
    seen = table.Table(run.greeting["compiler"], ranges)
    assert table.differences(known, seen) == {}


@pytest.mark.parametrize("mode", MODES)
def test_stopped_for_good_is_dead(scene: Scene, run: Run, mode: str):
    """To the others it is the same whether a process is killed at an instruction or stopped there.

    Source: that the table is made of processes that are stopped, and put forward one by one
    Since: 20.08   Strength: measured
    """
    TABLE.of(run)
    walker = _walker(scene)
    walk = next(each for each in walks(mode, "enqueue_bulk") if each.n == 8)
    stopped, killed = (walker.words(walk, every=5, kill=kill) for kill in (False, True))
    if len(set(stopped)) < 3:
        raise Inconclusive("the sample met fewer than three outcomes")
    assert killed == stopped
