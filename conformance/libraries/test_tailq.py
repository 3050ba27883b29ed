# SPDX-License-Identifier: BSD-3-Clause
"""rte_tailq between processes: the lists by which one finds the objects of another."""

from __future__ import annotations

import pytest

from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

NAME = "MINE"


def _register(peer: Peer, name: str = NAME) -> tuple[int, str | None]:
    """(return value, head of the list) of rte_eal_tailq_register."""
    told = peer.call("eal_tailq_register", name=name)
    return told.ret, told.head


def _lookup(peer: Peer, name: str = NAME) -> str | None:
    head: str | None = peer.call("eal_tailq_lookup", name=name).ret
    return head


@pytest.mark.parametrize("name", ["A" * 30, "A" * 31], ids=["30 characters", "31 characters"])
def test_list_of_the_primary_is_found(scene: Scene, name: str):
    """A list that the primary registers after its start is the same one for a secondary that registers
    it, and is found by its name in both; so is one whose name fills the place for it.

    Source: rte_tailq.h, rte_eal_tailq_register: "contains the name of the tailq you want to create
        (/retrieve when in secondary process)"; RTE_TAILQ_NAMESIZE: 32
    Since: 18.05   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    made, head = _register(primary, name)
    registered = _register(secondary, name)
    found = [_lookup(peer, name) for peer in (primary, secondary)]
    assert (made, head is None) == (0, False)
    assert (registered, found) == ((0, head), [head, head])


def test_secondary_makes_no_list(scene: Scene):
    """A list that the primary does not have is no list for a secondary, until the primary has it.

    Source: rte_tailq.h, rte_eal_tailq_register: "create (/retrieve when in secondary process)", "-1 in
        case of an error"
    Since: 18.05   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    alone = (_register(secondary), _lookup(secondary))
    _made, head = _register(primary)
    assert (alone, _register(secondary)) == (((-1, None), None), (0, head))


def test_successor_finds_the_list(scene: Scene):
    """A list stays when a secondary that has registered it is killed; its successor registers it, too.

    Source: rte_tailq.h: "to make it easy for a multi-process app to find already-created elements in
        shared memory"
    Since: 18.05   Strength: observed
    """
    primary, victim = scene.primary(), scene.secondary()
    _made, head = _register(primary)
    first = _register(victim)
    with Killed(victim):
        second = _register(scene.secondary())
    assert (first, second) == ((0, head), (0, head))


def test_list_is_registered_once(scene: Scene):
    """A process registers a list once: the second time is refused, and the list stays as it was.

    Source: rte_tailq.h, rte_eal_tailq_register: "-1 in case of an error"
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    _made, head = _register(primary)
    assert (_register(primary), _lookup(primary)) == ((-1, None), head)
