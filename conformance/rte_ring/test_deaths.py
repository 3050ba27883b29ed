# SPDX-License-Identifier: BSD-3-Clause
"""A process killed inside one ring operation: what it leaves, instruction by instruction."""

import pytest

from conformance.measured import published
from conformance.rte_ring import table
from conformance.rte_ring.stepping import Walker
from conformance.rte_ring.walk import MODES, operations, outcome, walks
from conformance.verdicts.run import Run
from targets.outcome import Inconclusive
from targets.scene import Scene

every_operation = pytest.mark.parametrize(("mode", "operation"), operations())


def _walker(scene: Scene) -> Walker:
    scene.hugepages()  # Without any, a ring is the memory of one process alone.
    return Walker(scene.primary())


def _published(run: Run) -> table.Table:
    return published(run, table.load, "ci/rings --write")


@every_operation
def test_death_leaves_what_is_published(scene: Scene, run: Run, mode: str, operation: str):
    """A process killed after any instruction of this operation leaves the ring as the table says.

    Source: rte_ring*.h; the guide speaks of preemption, and of death nowhere
    Since: 20.08   Strength: measured
    """
    known = _published(run)
    same = run.greeting["compiler"] == known.compiler
    differ = {
        str(walk): what
        for walk, ranges in _walker(scene).all_of(mode, operation)
        if (what := table.difference(known.walks.get(str(walk), []), ranges, same))
    }
    assert differ == {}


@pytest.mark.parametrize("mode", MODES)
def test_stopped_for_good_is_dead(scene: Scene, run: Run, mode: str):
    """To the others it is the same whether a process is killed at an instruction or stopped there.

    Source: that the table is made of processes that are stopped, and put forward one by one
    Since: 20.08   Strength: measured
    """
    _published(run)
    walker = _walker(scene)
    walk = next(each for each in walks(mode, "enqueue_bulk") if each.n == 8)
    stopped, killed = (walker.located(walk, every=5, kill=kill) for kill in (False, True))
    told = [
        [outcome(walk, death, walker.source) for death in deaths] for deaths in (killed, stopped)
    ]
    if len(set(told[1])) < 3:
        raise Inconclusive("the sample met fewer than three outcomes")
    assert told[0] == told[1]
