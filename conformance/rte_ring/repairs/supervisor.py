# SPDX-License-Identifier: BSD-3-Clause
"""The repairs of a torn ring that a supervisor can try."""

from __future__ import annotations

from typing import Any, Callable

from conformance.rte_ring.repairs.kill_inside import Killer
from conformance.rte_ring.repairs.torn import OTHERS, Torn
from conformance.rte_ring.deaths.walk import COUNT, MODES
from targets.scene import Scene


def nothing(_torn: Torn) -> None:
    """The others, or a successor, just go on."""


def reset(torn: Torn) -> None:
    """rte_ring_reset, by somebody who is outside; nobody else is inside."""
    torn.other.call("ring_reset", ring=torn.ring)


def drain_reset(torn: Torn) -> None:
    """First the consumers take out what they can."""
    torn.take()
    reset(torn)


def skip(torn: Torn) -> None:
    """Run one single-producer (or single-consumer) operation on the dead process's side. It starts at
    the current head and sets the tail to its end, so the gap is skipped. Nobody else may use that side
    meanwhile. Let the other side continue only afterwards."""
    if torn.side == "enqueue":
        call: dict[str, Any] = {"operation": "sp_enqueue_burst", "n": 4, "first": OTHERS}
        torn.put += torn.alike.call("ring_try", ring=torn.ring, **call).ret
    else:
        call = {"operation": "sc_dequeue_burst", "n": COUNT}
        torn.came += torn.alike.call("ring_try", ring=torn.ring, **call).objs


def drain_free(torn: Torn) -> None:
    """Dequeue what can be dequeued; then rte_ring_free, while other processes still have their
    pointers."""
    torn.take()
    torn.other.call("ring_free", ring=torn.ring)


def create(torn: Torn) -> None:
    """rte_ring_create of the same, under the same name, and everybody looks it up anew."""
    torn.other.call("ring_create", name=torn.name, count=COUNT, flags=MODES[torn.mode])
    for peer in (torn.other, torn.alike):
        torn.ring = str(peer.call("ring_lookup", name=torn.name).ring)


def create_again(torn: Torn) -> None:
    """Drain and free the ring, then create it again."""
    drain_free(torn)
    create(torn)


REPAIRS: dict[str, Callable[[Torn], Any]] = {
    "nothing": nothing,
    "skip": skip,
    "reset": reset,
    "drain, reset": drain_reset,
    "drain, create again": create_again,
}


def try_repairs(scene: Scene, mode: str, side: str) -> dict[str, str]:
    """Each repair, on a ring of its own, torn by a secondary of its own: what it does, in words."""
    killer = Killer(scene, mode)
    survivor = scene.secondary()
    seen = {}
    for name, repair in REPAIRS.items():
        torn = killer.tear(side, survivor)
        repair(torn)
        seen[name] = torn.told()
    return seen
