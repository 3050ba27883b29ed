# SPDX-License-Identifier: BSD-3-Clause
"""Kills a secondary inside an operation on a ring, where its head has moved and its tail has not."""

from __future__ import annotations

import signal

from conformance.rte_ring.deaths.stepping import RingWalker
from conformance.rte_ring.repairs.torn import DEAD, HELD, N, STALE, START_STATE, Torn
from conformance.rte_ring.deaths.walk import COUNT, MODES, START_STATES, Walk
from targets.outcome import Inconclusive
from targets.peer import Peer, Pending
from targets.scene import Scene


def torn_point(walker: RingWalker, mode: str, side: str, n: int) -> int:
    """An instruction after which the head has moved, the tail has not, and a producer has copied half
    of its objects."""
    walk = Walk(mode, f"{side}_bulk", n, START_STATE)
    deaths = [death for death in walker.deaths(walk) if death["at"]]
    if side == "enqueue":
        torn = [d for d in deaths if 2 * d["copied"] == n]
    elif mode == "SP-SC":
        torn = [
            d for d in deaths if d["victims"]
        ]  # Nobody hangs: what it claimed does not come out.
    else:
        torn = [d for d in deaths if d["consumers_hang"]]
    if not torn:
        raise Inconclusive(f"no instruction of {walk} leaves the ring torn")
    return int(torn[0]["executed"])


class Killer:
    """Tears rings of one mode in one scene, whose primary is the supervisor."""

    def __init__(self, scene: Scene, mode: str) -> None:
        scene.hugepages()  # Without any, a ring is the memory of one process alone.
        self.scene, self.mode = scene, mode
        self.supervisor = scene.primary()
        self._walker = RingWalker(self.supervisor)
        self._made = 0

    def ring(self, side: str) -> str:
        """A new ring as it stands before a death on this side, known to the supervisor: its name."""
        self._made += 1
        name = f"torn{self._made}"
        made = self.supervisor.call("ring_create", name=name, count=COUNT, flags=MODES[self.mode])
        start, held = START_STATES[side][START_STATE]
        ring = str(made.ring)
        # Once round, and on to where it shall start: each slot has a stale object of its own.
        for first, last in ((0, COUNT - 1), (COUNT - 1, COUNT + start)):
            objs = list(range(STALE + first, STALE + last))
            self.supervisor.call("ring_enqueue_bulk", ring=ring, objs=objs)
            self.supervisor.call("ring_dequeue_bulk", ring=ring, n=len(objs))
        self.supervisor.call("ring_enqueue_bulk", ring=ring, objs=list(range(HELD, HELD + held)))
        return name

    def tear(self, side: str, survivor: Peer, n: int = N) -> Torn:
        """A ring in which a secondary has been killed, with half of its n objects copied."""
        torn, dying = self._inside(side, survivor, n, stay=False)
        torn.victim.wait_end()
        torn.victim.forget(dying)
        return torn

    def stop(self, side: str, survivor: Peer) -> tuple[Torn, Pending]:
        """A ring in which a secondary stays at the same place until its verb is released."""
        torn, stopped = self._inside(side, survivor, N, stay=True)
        torn.victim.expect("inside")
        return torn, stopped

    def _inside(self, side: str, survivor: Peer, n: int, stay: bool) -> tuple[Torn, Pending]:
        point = torn_point(self._walker, self.mode, side, n)
        name = self.ring(side)
        victim = self.scene.secondary()
        ring = str(victim.call("ring_lookup", name=name).ring)
        survivor.call("ring_lookup", name=name)
        if not stay:
            victim.may_end(signal=signal.SIGKILL)
        inside = victim.tell(
            "ring_die_inside",
            ring=ring,
            operation=f"{side}_bulk",
            n=n,
            first=DEAD,
            executed=point,
            stay=stay,
        )
        torn = Torn(self.scene, self.mode, side, survivor, self.supervisor, name, ring, victim)
        return torn, inside
