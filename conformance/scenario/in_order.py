# SPDX-License-Identifier: BSD-3-Clause
"""Processes that take the same steps of a scenario again and again, each time in another order."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Mapping

from conformance.scenario.stage import Stage
from conformance.scenario.steps import Becomes, Ends, Expects, Says, Step, Tells
from faults.schedule import Decision, Order, Schedule, Switch, scheduled
from targets.outcome import Breach, Hang
from targets.peer import Peer
from targets.scene import Scene

# A peer has room for so many callbacks of actions, which are given back with the process.
_MOST_ACTIONS = 200
_ALL = 1 << 20


@dataclass(frozen=True)
class Played:
    """What came of one order. error: where it failed.  missed: how many switches of it were to a thread
    that could not go on."""

    decisions: tuple[Decision, ...]
    error: Breach | None = None
    missed: int = 0

    @property
    def switches(self) -> tuple[Switch, ...]:
        """The switches that make this order of the one by the rule."""
        return tuple(
            Switch(at, one.chosen)
            for at, one in enumerate(self.decisions)
            if one.chosen != one.by_rule
        )

    @property
    def order(self) -> tuple[str, ...]:
        """The thread that went on at each decision."""
        return tuple(one.chosen for one in self.decisions)


def can_be_repeated(steps: tuple[Step, ...]) -> bool:
    """Whether the same processes can take these steps again."""
    return all(
        isinstance(step, (Tells, Ends, Says, Expects))
        or (isinstance(step, Becomes) and step.what == "lives")
        for step in steps
    )


class Deployment:
    """Processes that have taken the steps `before`, and then take those of `after` in any order. A
    with-block.

    Where they can take them again, they have taken them once, by the rule: what a process does only once
    is then over, and the numbers of the decisions mean the same each time.
    """

    def __init__(self, scene: Scene, before: tuple[Step, ...], after: tuple[Step, ...]) -> None:
        self._scene = scene
        self._steps = after
        self._lasting = ExitStack()
        self._schedule: Schedule = scheduled(scene)
        self._stage = Stage(scene, self._lasting, self._schedule)
        self.fit = True
        self._first: Played | None = None
        try:
            for step in before:
                self._stage.take_in_turn(step)
            self._callbacks: Mapping[Peer, Any] = {
                peer: peer.call("callbacks", keep_actions=_ALL, keep_asyncs=_ALL).raw
                for peer in scene.peers
            }
            self._schedule.begin()
        except BaseException:
            self._lasting.close()
            raise
        if can_be_repeated(after):
            self._first = self._play(Order())

    def __enter__(self) -> Deployment:
        return self

    def __exit__(self, *_: object) -> None:
        self._lasting.close()
        self._schedule.end()

    def play(self, order: Order) -> Played:
        """Takes the steps in this order; what came of it, or of the order by the rule where that has
        failed before."""
        if self._first is not None and self._first.error is not None:
            return self._first
        return self._play(order)

    def _play(self, order: Order) -> Played:
        self._schedule.order(order)
        stage = self._stage.again()
        try:
            for step in self._steps:
                stage.take_in_turn(step)
            self._go_on()
            played = Played(tuple(self._schedule.decisions), missed=self._schedule.missed)
            self._tidy()
        except Breach as error:
            return Played(tuple(self._schedule.decisions), error, self._schedule.missed)
        return played

    def _go_on(self) -> None:
        """Lets all go on to the end. Breach where a thread still waits for another, or runs for ever."""
        if waiting := self._schedule.quiet():
            raise Hang("all threads end or wait for work", f"hang: {', '.join(waiting)}")

    def _tidy(self) -> None:
        """Takes back what the steps have set up, in the order of the rule."""
        if not can_be_repeated(self._steps):
            self.fit = False
            return
        self._schedule.order(Order())
        registered = {
            (step.who, step.keys["name"])
            for step in self._steps
            if isinstance(step, Tells) and step.verb == "mp_action_register"
        }
        for peer, known in self._callbacks.items():
            for name in sorted(name for who, name in registered if who == peer.name):
                peer.call("mp_action_unregister", name=name)
            actions = known["actions"] if registered else _ALL
            used = peer.call("callbacks", keep_actions=actions, keep_asyncs=known["asyncs"])
            self.fit = self.fit and used.actions < _MOST_ACTIONS
            peer.fetch_all()
            peer.forget_all()
        self._go_on()
