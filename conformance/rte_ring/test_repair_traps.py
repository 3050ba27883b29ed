# SPDX-License-Identifier: BSD-3-Clause
"""A torn ring repaired too early: while one hangs inside, or was only stopped, or keeps a pointer."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rte_ring.repairs.supervisor import create, create_again, drain_free, reset
from conformance.rte_ring.repairs.kill_inside import Killer
from conformance.rte_ring.repairs.table import TABLE
from conformance.rte_ring.repairs.torn import ENTERING, N, SIDES, Torn, ahead, spins
from conformance.rte_ring.deaths.walk import COUNT, MODES
from conformance.verdicts.run import Run
from targets.outcome import Inconclusive
from targets.peer import Peer, Pending
from targets.scene import Scene

LONGEST_RESET = 200  # instructions; more than it has


def _enter(torn: Torn, who: Peer) -> Pending:
    """Somebody comes to a torn ring after the death, and hangs in it."""
    who.call("ring_lookup", name=torn.name)
    keys: dict[str, Any] = {"objs": ENTERING} if torn.side == "enqueue" else {"n": len(ENTERING)}
    entered = who.tell(f"ring_{torn.side}_bulk", ring=torn.ring, **keys)
    if not spins(entered):
        raise Inconclusive("nobody hangs in the torn ring")
    return entered


@pytest.mark.parametrize(("side", "moved"), [("enqueue", len(ENTERING)), ("dequeue", 0)])
@pytest.mark.parametrize("mode", ["RTS", "HTS"])
def test_one_who_hangs_comes_out_of_rts_and_hts(
    scene: Scene, run: Run, mode: str, side: str, moved: int
):
    """A survivor that hangs in an RTS or HTS ring comes out when it is reset or freed, and the ring
    works; out of a freed one it writes where no ring is any more, and is told that it has put its
    objects in.

    Source: rte_ring.h, rte_ring_reset: "Make sure the ring is not in use while calling this function"
    Since: 20.08   Strength: measured
    """
    TABLE.of(run)
    killer, inside, alike = Killer(scene, mode), scene.secondary(), scene.secondary()
    seen = {}
    for repair in (reset, drain_free):
        torn = killer.tear(side, alike)
        entered = _enter(torn, inside)
        repair(torn)
        came_out = None if spins(entered) else entered.answer().ret
        if repair is drain_free:
            create(torn)
        torn.take()
        seen[repair.__name__] = (came_out, len(torn.entering), torn.harm())
        torn.other.call("ring_free", ring=torn.ring)
    assert seen == {"reset": (moved, moved, "works"), "drain_free": (moved, 0, "works")}


@pytest.mark.parametrize(
    ("side", "harm"),
    [("enqueue", "producers hang, 4 come out twice"), ("dequeue", "consumers hang")],
)
def test_one_who_hangs_tears_an_mp_or_mc_ring_again(scene: Scene, run: Run, side: str, harm: str):
    """A survivor that hangs in an MP or MC ring stays in it over its repair, until the tail comes to
    where it waits; then it tears the ring anew.

    Source: rte_ring.h, rte_ring_reset: "Make sure the ring is not in use while calling this function"
    Since: 18.05   Strength: measured
    """
    TABLE.of(run)
    killer, alike = Killer(scene, "MP-MC"), scene.secondary()
    seen = {}
    for repair in (reset, create_again):
        torn = killer.tear(side, alike)
        entered = _enter(torn, scene.secondary())
        repair(torn)
        stays = [spins(entered)]
        for _ in range(torn.waits_for):
            torn.give(1)
            torn.take()
        stays.append(spins(entered))
        torn.take()
        seen[repair.__name__] = (*stays, torn.harm())
        _end(entered)
    assert seen == {"reset": (True, False, harm), "create_again": (True, False, harm)}


def _end(told: Pending) -> None:
    """Ends a peer whose verb may spin for ever."""
    if not told.answered:
        told.peer.kill()
        told.peer.forget(told)
    else:
        told.answer()


@pytest.mark.parametrize(
    ("mode", "side", "harm"),
    [
        ("SP-SC", "enqueue", "54 stale objects come out, 2 come out twice"),
        ("SP-SC", "dequeue", "36 come out twice"),
        # Until the tail comes to where it waits: see above.
        ("MP-MC", "enqueue", "it hangs"),
        ("MP-MC", "dequeue", "it hangs"),
        ("RTS", "enqueue", "producers hang"),
        ("RTS", "dequeue", "consumers hang"),
        ("HTS", "enqueue", "producers hang, 54 stale objects come out, 66 come out twice"),
        ("HTS", "dequeue", "consumers hang"),
    ],
)
def test_one_who_was_only_stopped(scene: Scene, run: Run, mode: str, side: str, harm: str):
    """A process that was stopped inside, and not killed, tears the repaired ring again when it goes on.

    Source: rte_ring.h, rte_ring_reset: "Make sure the ring is not in use while calling this function"
    Since: 20.08   Strength: measured
    """
    TABLE.of(run)
    torn, stopped = Killer(scene, mode).stop(side, scene.secondary())
    torn.take()
    reset(torn)
    torn.victim.call("release", of=stopped.id)
    if spins(stopped):
        seen = "it hangs"
    else:
        # The consumer looks first, or the producer puts in more than there is room for.
        torn.take()
        for _ in range(3):
            torn.give(32)
        seen = torn.harm()
    _end(stopped)
    assert seen == harm


@pytest.mark.parametrize("mode", MODES)
def test_reset_while_a_consumer_polls(scene: Scene, run: Run, mode: str):
    """A consumer that polls while a ring is reset is given objects that came out long ago: the other
    side must stand still, too, though nobody died on it.

    Source: rte_ring.h, rte_ring_reset: "Make sure the ring is not in use while calling this function"
    Since: 20.08   Strength: measured
    """
    TABLE.of(run)
    killer, polls = Killer(scene, mode), scene.secondary()
    name = killer.ring("enqueue")
    ring = polls.call("ring_lookup", name=name).ring
    polls.call("ring_try", ring=ring, operation="dequeue_burst", n=COUNT)
    most = 0
    for executed in range(LONGEST_RESET):
        # Where it was, as if nobody had touched it.
        killer.supervisor.call("ring_enqueue_bulk", ring=ring, objs=[1])
        polls.call("ring_dequeue_bulk", ring=ring, n=1)
        resets = killer.supervisor.tell("ring_reset", ring=ring, executed=executed)
        scene.wait_until(
            lambda: resets.answered or killer.supervisor.said("inside"), "a reset to be under way"
        )
        if resets.answered:
            break
        killer.supervisor.expect("inside")
        seen = polls.call("ring_try", ring=ring, operation="dequeue_burst", n=COUNT)
        killer.supervisor.call("release", of=resets.id)
        resets.answer()
        most = max(most, len(seen.objs))
    assert (executed > 5, resets.answer().inside, most) == (True, False, COUNT)


def test_pointer_that_is_kept_over_a_free_does_not_fail(scene: Scene):
    """Whoever keeps its pointer over rte_ring_free is told of no error: it finds nothing and no room,
    then the ring of whoever got the memory.

    Source: rte_ring.h, rte_ring_free: "De-allocate all memory"; of other processes, nothing
    Since: 18.05   Strength: measured
    """
    supervisor, keeper = scene.primary(), scene.secondary()
    scene.hugepages()
    old = supervisor.call("ring_create", name="r", count=COUNT).ring
    keeper.call("ring_lookup", name="r")
    supervisor.call("ring_enqueue_bulk", ring=old, objs=ENTERING)
    supervisor.call("ring_free", ring=old)
    freed = [
        keeper.call("ring_try", ring=old, operation=f"{side}_burst", n=4).ret for side in SIDES
    ]
    other = supervisor.call("ring_create", name="not r", count=COUNT).ring
    put = keeper.call("ring_try", ring=old, operation="enqueue_burst", n=4).ret
    found = supervisor.call("ring_dequeue_bulk", ring=other, n=4).objs
    assert (freed, put, found) == ([0, 0], 4, [1, 2, 3, 4])


@pytest.mark.parametrize("mode", MODES)
def test_dump_shows_the_hole(scene: Scene, run: Run, mode: str):
    """rte_ring_dump shows that a process has died inside, by a head that is ahead of its tail; in RTS
    mode from 25.03 on only.

    Source: rte_ring.h, rte_ring_dump: "Dump the status of the ring to a file"; 700989f512 (25.03)
    Since: 20.08   Strength: measured
    """
    TABLE.of(run)
    killer, alike = Killer(scene, mode), scene.secondary()
    holes = {}
    for side in SIDES:
        whole = ahead(killer.supervisor, killer.ring(side), side)
        torn = killer.tear(side, alike)
        holes[side] = ahead(torn.other, torn.name, side) - whole
    shown = 0 if mode == "RTS" and run.release < (25, 3) else N
    assert holes == {"enqueue": shown, "dequeue": shown}
