# SPDX-License-Identifier: BSD-3-Clause
"""Takes the steps of a scenario with real processes, and says which expectation is missed."""

from __future__ import annotations

from contextlib import ExitStack
from functools import singledispatchmethod
from typing import Any, Mapping

from conformance.scenario.steps import (
    Becomes,
    Ends,
    Expects,
    GhostAnswers,
    GhostAppears,
    GhostGets,
    GhostSends,
    GhostSendsBytes,
    Not,
    Reference,
    Relays,
    Says,
    Scenario,
    Starts,
    Tells,
)
from faults.ghost import Asked, Ghost
from faults.process import ExitedWithoutCleanup, Killed, Stopped
from faults.relay import Relay
from faults.rule import TYPES
from targets.outcome import Breach, CannotRun
from targets.peer import Peer, Pending
from targets.protocol import NONE, Facts, at
from targets.scene import Scene
from traffic.datagram import MpType


def failure(scenario: Scenario, scene: Scene) -> Breach | None:
    """Plays a scenario and ends the scene: what was not as expected, None where all was. CannotRun,
    Inconclusive and Unavailable as from play."""
    try:
        play(scenario, scene)
        scene.close()
    except Exception as error:
        scene.abandon(error)
        if isinstance(error, Breach):
            return error
        raise
    return None


def play(scenario: Scenario, scene: Scene) -> None:
    """Takes all steps, in their order. Breach where DPDK does not do what the scenario expects."""
    with ExitStack() as lasting:
        stage = _Stage(scene, lasting)
        for step in scenario.steps:
            scene.timeline.add("scenario", f"line {step.line}", step=str(step))
            stage.take(step)


class _Stage:
    """The processes and what they have answered. lasting: what stands until the end of the scenario."""

    def __init__(self, scene: Scene, lasting: ExitStack) -> None:
        self._scene = scene
        self._lasting = lasting
        self._peers: dict[str, Peer] = {}
        self._ghosts: dict[str, Ghost] = {}
        self._stopped: dict[str, ExitStack] = {}
        self._answers: dict[str, Pending | Facts] = {}
        self._asked: dict[str, Asked] = {}

    @singledispatchmethod
    def take(self, step: Any) -> None:
        """Takes a step."""
        raise TypeError(f"{step} is no step")

    @take.register
    def _starts(self, step: Starts) -> None:
        start = self._scene.primary if step.role == "primary" else self._scene.secondary
        peer = start(*step.eal)
        if peer.name != step.who:
            raise CannotRun(
                f"line {step.line}: {step.who} starts, and would be {peer.name}: number them as they "
                "start"
            )
        self._peers[step.who] = peer

    @take.register
    def _tells(self, step: Tells) -> None:
        keys = {key: self._value(value, step.line) for key, value in step.keys.items()}
        pending = self._peers[step.who].tell(step.verb, **keys)
        answer: Pending | Facts = pending.answer() if step.waits else pending
        if step.label:
            self._answers[step.label] = answer

    @take.register
    def _ends(self, step: Ends) -> None:
        self._answer(step.label)

    @take.register
    def _says(self, step: Says) -> None:
        peer, facts = self._peers[step.who], {
            path: self._value(value, step.line) for path, value in step.facts.items()
        }
        if step.times is None:
            said = peer.expect(step.event, **facts)
            if step.label:
                self._answers[step.label] = said
            return
        count = len(peer.events(step.event, **facts))
        if count != step.times:
            raise _missed(step.line, f"{step.who} has said {step.event} {step.times} times", count)

    @take.register
    def _becomes(self, step: Becomes) -> None:
        peer = self._peers[step.who]
        if step.what == "lives":
            peer.call("nothing")
        elif step.what == "leaves":
            peer.stop()
        elif step.what == "stops":
            self._stopped[step.who] = stopped = ExitStack()
            self._lasting.push(stopped)
            stopped.enter_context(Stopped(peer))
        elif step.what == "continues":
            self._stopped[step.who].close()
        else:
            fault = Killed if step.what == "dies" else ExitedWithoutCleanup
            with fault(peer):
                peer.forget_all()

    @take.register
    def _expects(self, step: Expects) -> None:
        answer = self._answer(step.label).raw
        wanted = {path: self._value(value, step.line) for path, value in step.values.items()}
        found = {path: at(answer, path) for path in wanted}
        if not all(_is(found[path], value) for path, value in wanted.items()):
            raise _missed(step.line, f"{step.label} {told(wanted)}", told(found))

    @take.register
    def _relays(self, step: Relays) -> None:
        path = self._scene.socket_of(self._peers[step.who])
        self._lasting.enter_context(Relay(self._scene, path, step.rule))

    @take.register
    def _ghost_appears(self, step: GhostAppears) -> None:
        ghost = Ghost(self._scene, step.who, idle=True)
        self._ghosts[step.who] = self._lasting.enter_context(ghost)

    @take.register
    def _ghost_sends(self, step: GhostSends) -> None:
        to = self._scene.socket_of(self._peers[step.to])
        self._ghosts[step.who].send(TYPES[step.type], step.name, to=to, **step.keys)

    @take.register
    def _ghost_sends_bytes(self, step: GhostSendsBytes) -> None:
        to = self._scene.socket_of(self._peers[step.to])
        self._ghosts[step.who].send_raw(step.data, to=to)

    @take.register
    def _ghost_gets(self, step: GhostGets) -> None:
        asked = self._ghosts[step.who].expect(step.name, MpType(TYPES[step.type]))
        if step.label:
            self._asked[step.label] = asked

    @take.register
    def _ghost_answers(self, step: GhostAnswers) -> None:
        asked = self._asked[step.label]
        self._ghosts[step.who].reply(asked, step.param, type=MpType(TYPES[step.type]))

    # -- values -----------------------------------------------------------------------------------

    def _answer(self, label: str) -> Facts:
        answer = self._answers[label]
        if isinstance(answer, Pending):
            answer = self._answers[label] = answer.answer()
        return answer

    def _value(self, value: Any, line: int) -> Any:
        """The value, or what it refers to."""
        if not isinstance(value, Reference):
            return value
        answer = self._answer(value.label).raw
        found = at(answer, value.path)
        if found == NONE:
            raise CannotRun(
                f"line {line}: {value}: {value.label} has no {value.path}; it has "
                f"{', '.join(sorted(answer))}"
            )
        return found


def _is(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Not):
        return bool(found not in (wanted.value, NONE))
    return bool(found == wanted)


def told(found: Mapping[str, Any]) -> str:
    """Values as the text of a scenario has them."""
    return " ".join(
        f"{path}!={_shown(value.value)}" if isinstance(value, Not) else f"{path}={_shown(value)}"
        for path, value in found.items()
    )


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def _missed(line: int, expected: str, found: object) -> Breach:
    return Breach(f"line {line}: {expected}", f"line {line}: {found}")
