# SPDX-License-Identifier: BSD-3-Clause
"""A process killed in a staged ordered ring: what it leaves, and what a supervisor can do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.deaths import table
from conformance.roles import pair
from conformance.rte_ring.api import PAIRS
from conformance.rte_ring.soring.api import Soring, parameters, shared
from conformance.rte_ring.soring.deaths.stepping import SoringWalker
from conformance.rte_ring.soring.deaths.walk import TABLE, Walk, differences, walks
from conformance.verdicts.run import Run
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene

MARKED = "marked as being moved on"

every_walk = pytest.mark.parametrize("walk", walks(), ids=str)


def _walker(scene: Scene) -> SoringWalker:
    scene.hugepages()  # Without any, a soring is the memory of one process alone.
    return SoringWalker(scene.primary())


@every_walk
def test_death_leaves_what_is_published(scene: Scene, run: Run, walk: Walk):
    """A process killed after any instruction of this operation leaves the soring as the table says, and a
    supervisor's repair makes of it what the table says.

    Source: rte_soring.h and the guide speak of threads, and of death nowhere
    Since: 25.03   Strength: measured
    """
    walker = _walker(scene)
    walker.prepare(walk)
    known = TABLE.of(run)
    seen = table.Table("", {str(walk): walker.ranges(walk)})
    assert differences(known, seen) == {}


@pytest.mark.parametrize("walk", [w for w in walks() if str(w).endswith("stage")], ids=str)
def test_stopped_for_good_is_dead(scene: Scene, run: Run, walk: Walk):
    """To the others it is the same whether a process is killed at an instruction or stopped there.

    Source: that the table is made of processes that are stopped, and put forward one by one
    Since: 25.03   Strength: measured
    """
    walker = _walker(scene)
    walker.prepare(walk)
    TABLE.of(run)
    stopped, killed = (walker.words(walk, every=3, kill=kill) for kill in (False, True))
    if len(set(stopped)) < 2:
        raise Inconclusive("the sample met one outcome only")
    assert killed == stopped


def test_initialising_again_helps_wherever_it_died(scene: Scene):
    """After rte_soring_init by the only user left, a death at any instruction hangs, stops and disorders
    nothing: only what was in the soring is lost.

    Source: rte_soring.h, rte_soring_init: "Initialize a soring structure in memory pointed by r"
    Since: 25.03   Strength: documented
    """
    walker, wrong, hurt = _walker(scene), {}, 0
    for walk in walks():
        if walk.repair != "none":
            continue
        hurt += sum(_harm(death) != [] for death in walker.deaths(walk, every=7))
        for death in walker.deaths(replace(walk, repair="init")):
            gone = death["lost"] + (death["victims"] if walk.operation == "dequeue" else 0)
            if _harm(death) or gone != walk.state.put:
                wrong[f"{walk} at {death['executed']}"] = (_harm(death), gone)
    if not hurt:
        raise Inconclusive("without it, no death did any harm")
    assert wrong == {}


def _harm(death: dict[str, Any]) -> list[str]:
    """The kinds of harm that a death does to the others, besides what is lost."""
    counts = ("doubled", "stale", "disordered")
    lists = ("standing", "marked", "producers_hang", "workers_hang", "consumers_hang")
    return [key for key in counts if death[key]] + [key for key in lists if any(death[key])]


def _dead(scene: Scene, soring: Soring, victim: Peer, num: int, stage: int = 0) -> int:
    """Acquires as a process that is killed then; its token, which it has told somebody before."""
    victim.call("soring_at", soring=soring.soring, elem_size=8, meta_size=0)
    got = soring.acquire(victim, "bulk", num, stage)
    victim.kill()
    return int(got.ftoken)


@pytest.mark.parametrize("modes", PAIRS)
def test_dead_worker_stops_its_stage(scene: Scene, modes: str):
    """What a process had acquired when it was killed never passes on, nor does anything behind it: the
    soring fills, and nobody hangs.

    Source: rte_soring.h: "exclusive possession of these elems till 'release'"; of death, nothing
    Since: 25.03   Strength: measured
    """
    producer, consumer = pair(scene, "primary")
    soring = shared(producer, consumer, modes, stages=2)
    soring.put_all(1, 2, 3, 4)
    soring.through(1, 0)
    _dead(scene, soring, scene.secondary(), 2)
    soring.through(1, 0)
    soring.through(1, 1)
    came = soring.taken()
    put = soring.enqueue("burst", *range(5, 12))
    rest = soring.acquire(consumer, "burst", 7)
    soring.release(consumer, rest)
    passed = soring.acquire(consumer, "burst", 7, 1).ret
    seen = (came, put.ret, soring.objects(rest), passed, soring.taken(), soring.counts())
    assert seen == ([1], 4, [5, 6, 7, 8], 0, [], (7, 0))


@pytest.mark.parametrize("modes", PAIRS)
def test_token_of_a_dead_one_can_be_released(scene: Scene, modes: str):
    """A supervisor that was told the token and the number releases for a dead process: nothing is lost,
    and the order is kept.

    Source: rte_soring.h, rte_soring_acquire_bulk: "User has to store this value somewhere, and later
        provide to the release()"; that somebody else may, nobody says
    Since: 25.03   Strength: measured
    """
    producer, consumer = pair(scene, "primary")
    soring = shared(producer, consumer, modes, stages=2)
    soring.put_all(1, 2, 3, 4, 5)
    token = _dead(scene, soring, scene.secondary(), 2)
    soring.through(3, 0)
    before = soring.acquire(consumer, "burst", 0, 1).available
    producer.call("soring_release", soring=soring.soring, objs=None, stage=0, n=2, ftoken=token)
    soring.through(5, 1)
    seen = (before, soring.taken())
    soring.put_all(*range(6, 13))
    soring.through(7, 0, 1)
    assert (seen, soring.taken()) == ((0, [1, 2, 3, 4, 5]), list(range(6, 13)))


@pytest.mark.parametrize("modes", PAIRS)
def test_soring_of_a_dead_one_can_be_initialised(scene: Scene, modes: str):
    """A supervisor that is alone initialises the soring again: what had passed all stages can be taken
    out before, the rest is lost, and the survivors go on with the pointers that they have.

    Source: rte_soring.h, rte_soring_init; that it may be done twice, nobody says
    Since: 25.03   Strength: measured
    """
    producer, consumer = pair(scene, "primary")
    soring = shared(producer, consumer, modes, stages=2)
    soring.put_all(1, 2, 3, 4, 5)
    soring.through(2, 0, 1)
    _dead(scene, soring, scene.secondary(), 2)
    saved = soring.taken()
    keys = parameters(producer, modes, stages=2)
    again = producer.call("soring_init", soring=soring.soring, **keys).ret
    empty = soring.counts()
    soring.put_all(*range(6, 13))
    soring.through(7, 0, 1)
    assert (saved, again, empty, soring.taken()) == ([1, 2], 0, (0, 7), list(range(6, 13)))


def test_poll_in_vain_can_stop_a_stage(scene: Scene):
    """A consumer that finds nothing, and is killed while it looks, can stop the last stage for ever; so
    can a worker for the stage before its own.

    Source: soring.c, __rte_soring_stage_finalize: "try to grab exclusive right to update tail value"
    Since: 25.03   Strength: measured
    """
    walker = _walker(scene)
    vain = [walk for walk in walks() if not walk.moves and walk.repair == "none"]
    stopped = {str(walk): any(MARKED in words for words in walker.words(walk)) for walk in vain}
    names = ["MC dequeue in vain", "acquire in the last stage, in vain"]
    assert stopped == {name: True for name in names}
