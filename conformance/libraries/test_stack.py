# SPDX-License-Identifier: BSD-3-Clause
"""rte_stack between processes, with a lock and without one: used by both, its maker or a user dead."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.roles import both_roles, pair
from faults.process import Killed
from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene

NAME = "s"
COUNT = 16
KINDS: dict[str, list[str]] = {"lock": [], "lock-free": ["RTE_STACK_F_LF"]}
N = 4  # objects that a process moves when it is killed

every_kind = pytest.mark.parametrize("kind", list(KINDS))


def _create(peer: Peer, kind: str) -> str | None:
    stack: str | None = peer.call("stack_create", name=NAME, count=COUNT, flags=KINDS[kind]).stack
    return stack


def _pop(peer: Peer, n: int) -> list[int]:
    objs: list[int] = peer.call("stack_pop", name=NAME, n=n).objs
    return objs


@every_kind
@both_roles
def test_stack_is_found_by_the_other(scene: Scene, role: str, kind: str):
    """A stack that one process makes is found by the other under its name, at the same address; its name
    is taken, until either of them frees it.

    Source: rte_stack.h, rte_stack_lookup: "Lookup a stack by its name"; rte_stack_create: "EEXIST - a
        stack with the same name already exists"; rte_stack_free: "Free all memory used by the stack"
    Since: 19.05   Strength: must
    """
    maker, other = pair(scene, role)
    made = _create(maker, kind)
    found = other.call("stack_lookup", name=NAME).stack
    again = other.call("stack_create", name=NAME, count=COUNT, flags=KINDS[kind])
    assert (found, again.stack, again.rte_errno) == (made, None, "EEXIST")
    other.call("stack_free", name=NAME)
    gone = maker.call("stack_lookup", name=NAME)
    assert (gone.stack, gone.rte_errno, _create(maker, kind) is None) == (None, "ENOENT", False)


@every_kind
@both_roles
def test_last_in_is_first_out(scene: Scene, role: str, kind: str):
    """What two processes push either of them pops, the last one first; all or none of the objects that
    are asked for, as far as there are any, or room for them.

    Source: rte_stack.h, rte_stack_push, rte_stack_pop: "(either 0 or *n*)"
    Since: 19.05   Strength: must
    """
    one, other = pair(scene, role)
    _create(one, kind)
    pushed = [
        peer.call("stack_push", name=NAME, objs=list(objs)).ret
        for peer, objs in ((one, range(1, 11)), (other, range(11, 17)), (one, range(17, 18)))
    ]
    full = [peer.call("stack_count", name=NAME) for peer in (one, other)]
    popped = (_pop(other, 17), _pop(one, 8), _pop(other, 8), _pop(one, 1))
    assert pushed == [10, 6, 0]
    assert [(counts.count, counts.free_count) for counts in full] == [(16, 0)] * 2
    assert popped == ([], list(range(16, 8, -1)), list(range(8, 0, -1)), [])


@every_kind
def test_both_at_once_lose_nothing(scene: Scene, kind: str):
    """Two processes that pop and push at the same time lose and double nothing, and always find as many
    objects, and as much room, as there must be.

    Source: rte_stack.h, rte_stack_push, rte_stack_pop: "(MT-safe)"
    Since: 19.05   Strength: must
    """
    peers = (scene.primary(), scene.secondary())
    _create(peers[0], kind)
    peers[0].call("stack_push", name=NAME, objs=list(range(1, COUNT + 1)))
    turning = [peer.tell("stack_turn", name=NAME, n=N, times=100_000) for peer in peers]
    told = [pending.answer() for pending in turning]
    seen = [(each.too_few, each.no_room) for each in told]
    assert (seen, sorted(_pop(peers[1], COUNT))) == ([(0, 0)] * 2, list(range(1, COUNT + 1)))


@every_kind
def test_stack_outlives_its_maker(scene: Scene, kind: str):
    """A stack whose maker is killed between two operations stays, with its objects.

    Source: rte_stack.h; of death, nothing
    Since: 19.05   Strength: measured
    """
    primary, maker = scene.primary(), scene.secondary()
    _create(maker, kind)
    maker.call("stack_push", name=NAME, objs=[1, 2])
    with Killed(maker):
        primary.call("stack_push", name=NAME, objs=[3])
        popped = _pop(scene.secondary(), 3)
    assert popped == [3, 2, 1]


def test_unknown_flag_of_a_stack_is_explained(scene: Scene):
    """A stack with a flag that does not exist is refused, with a reason.

    Source: rte_stack.h, rte_stack_create: "NULL on error with rte_errno set appropriately"
    Since: 20.08   Strength: must
    """
    made = scene.primary().call("stack_create", name=NAME, count=COUNT, more_flags=0x80)
    assert (made.stack, made.rte_errno is None) == (None, False)


# -- deaths ---------------------------------------------------------------------------------------


@observed
def _deaths(scene: Scene, kind: str, pushes: bool, *, kill: bool = False) -> list[dict[str, Any]]:
    """What others find after a death at each instruction of a push, or of a pop."""
    primary = scene.primary()
    scene.hugepages()
    _create(primary, kind)
    keys = {"name": NAME, "pushes": pushes, "n": N, "before": 2 * N, "kill": kill}
    told = primary.call("stack_deaths", 6 * scene.speed.deadline_s, **keys)
    assert told.ret > 0, f"no deaths: {told.rte_errno}"
    deaths: list[dict[str, Any]] = told.deaths
    if len(deaths) < 10:
        raise Inconclusive(f"the operation has {len(deaths)} instructions")
    return deaths


def _who_hangs(death: dict[str, Any]) -> str:
    hang = [who for who in ("poppers", "pushers") if death[f"{who}_hang"]]
    return " and ".join(hang) or "nobody"


operations = pytest.mark.parametrize("pushes", [True, False], ids=["push", "pop"])


@operations
def test_who_hangs_when_a_user_of_the_lock_is_dead(scene: Scene, pushes: bool):
    """A process that is killed inside an operation on a stack with a lock leaves the lock locked: from
    then on every other one hangs.

    Source: guide, "Stack Library": "made multi-thread safe by the spinlock"; of death, nothing
    Since: 19.05   Strength: measured
    """
    hang = [_who_hangs(death) for death in _deaths(scene, "lock", pushes)]
    inside = sorted(set(hang) - {"nobody"})
    assert (hang[0], inside, hang[-1]) == ("nobody", ["poppers and pushers"], "nobody")


@operations
def test_nobody_hangs_without_a_lock(scene: Scene, pushes: bool):
    """A process that stays for ever at any instruction of an operation on a lock-free stack keeps nobody
    from going on, and no object is popped twice.

    Source: guide, "Stack Library": "one thread being preempted/delayed in a push or pop operation will
        not impede the forward progress of any other thread"
    Since: 19.05   Strength: documented
    """
    deaths = _deaths(scene, "lock-free", pushes)
    hang = [death["executed"] for death in deaths if _who_hangs(death) != "nobody"]
    doubled = [death["executed"] for death in deaths if death["doubled"]]
    assert (hang, doubled) == ([], [])


# Objects that are gone, and objects that the others have room for: where nothing is lost, where the
# objects are the dead one's, and where the places for them are lost, too.
NOTHING, OBJECTS, ROOM = (0, COUNT), (N, COUNT), (N, COUNT - N)


@operations
def test_dead_user_costs_what_it_moved(scene: Scene, pushes: bool):
    """A process that is killed inside an operation on a lock-free stack costs at most the objects that it
    was moving, and the room for them.

    Source: guide, "Stack Library": "reserves one or more list elements by adjusting the stack length"; of
        death, nothing
    Since: 19.05   Strength: measured
    """
    deaths = _deaths(scene, "lock-free", pushes, kill=True)
    left = [(death["gone"], death["room"]) for death in deaths]
    begin, end = (OBJECTS, NOTHING) if pushes else (NOTHING, OBJECTS)
    assert (left[0], set(left), left[-1]) == (begin, {NOTHING, OBJECTS, ROOM}, end)
