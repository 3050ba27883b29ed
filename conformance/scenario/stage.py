# SPDX-License-Identifier: BSD-3-Clause
"""Takes one step of a scenario after another with real processes; says which expectation is missed."""

from __future__ import annotations

from contextlib import ExitStack
from functools import singledispatchmethod
from typing import Any, Mapping

from conformance.scenario.fault_lines import DIRECTORY
from conformance.scenario.steps import (
    Becomes,
    Comes,
    DiesAt,
    DirectoryIs,
    Ends,
    Expects,
    FailsToStart,
    GhostAnswers,
    GhostAppears,
    GhostGets,
    GhostGoes,
    GhostSends,
    GhostSendsBytes,
    HasDescriptors,
    MeetsCalls,
    Not,
    Reference,
    Relays,
    Says,
    Starts,
    Step,
    Tells,
)
from faults.call import CallDelayed, CallFails, CallHeld
from faults.fault import Fault
from faults.ghost import Asked, Ghost
from faults.process import ExitedWithoutCleanup, FewDescriptors, Killed, Stopped
from faults.relay import Relay
from faults.rule import TYPES
from faults.runtime_dir import nobody
from faults.schedule import Schedule
from faults.steps import CallId, DiesAtCall
from targets import threads
from targets.outcome import Breach, CannotRun, Hang, Inconclusive
from targets.peer import EAL_FAILED, Peer, Pending
from targets.protocol import NONE, Facts, at
from targets.scene import Scene
from traffic.datagram import MpType


class Stage:
    """The processes and what they have answered. lasting: what stands until the end of the scenario.
    schedule: who lets them go on, from the step on that says so."""

    def __init__(self, scene: Scene, lasting: ExitStack, schedule: Schedule | None = None) -> None:
        self._scene = scene
        self._lasting = lasting
        self._schedule = schedule
        self._peers: dict[str, Peer] = {}
        self._ghosts: dict[str, Ghost] = {}
        self._answers: dict[str, Pending | Facts] = {}
        self._asked: dict[str, Asked] = {}
        self._held: dict[tuple[str, str], CallHeld] = {}
        self._ending: dict[object, ExitStack] = {}

    def again(self) -> Stage:
        """The same processes, and what they have answered until now, for other steps."""
        stage = Stage(self._scene, self._lasting, self._schedule)
        stage._peers = self._peers
        stage._answers = dict(self._answers)
        stage._ghosts = dict(self._ghosts)
        stage._asked = dict(self._asked)
        stage._ending = dict(self._ending)
        return stage

    def take_in_turn(self, step: Step) -> None:
        """Takes a step, where steps take turns once it is the turn of this one."""
        self._scene.timeline.add("scenario", f"line {step.line}", step=str(step))
        if self._schedule is not None and self._schedule.on:
            self._schedule.point()
        self.take(step)

    @singledispatchmethod
    def take(self, step: Any) -> None:
        """Takes a step."""
        raise TypeError(f"{step} is no step")

    def _until(self, what: object, fault: Fault) -> None:
        """Begins a fault, which ends with the scenario, or by _end."""
        self._ending[what] = ending = ExitStack()
        self._lasting.push(ending)
        ending.enter_context(fault)

    def _end(self, what: object) -> None:
        self._ending.pop(what).close()

    @take.register
    def _starts(self, step: Starts) -> None:
        self._number(step)
        peer = self._scene.start(step.role, *step.eal, hold=step.held, **self._own(step))
        if not step.held:
            peer.expect("ready")
        self._peers[step.who] = peer

    def _own(self, step: Comes) -> dict[str, Any]:
        """What the process has of its own. Another user is one who looks where the others do."""
        return {**(nobody(self._scene) if "user" in step.own else {}), **step.own}

    def _number(self, step: Comes) -> None:
        """CannotRun where a process would get another number than the scenario has for it."""
        before = sum(one.name.startswith(step.role) for one in self._scene.processes)
        if step.who != f"{step.role}{before + 1}":
            raise CannotRun(
                f"line {step.line}: {step.who} starts, and would be {step.role}{before + 1}: number them "
                "as they start"
            )

    @take.register
    def _fails_to_start(self, step: FailsToStart) -> None:
        self._number(step)
        peer = self._scene.start(step.role, *step.eal, **self._own(step))
        peer.may_end(code=EAL_FAILED)
        if peer.initialised():
            raise _missed(step.line, f"{step.who} fails to start", f"{step.who} starts")
        failed = peer.expect("eal_failed")
        peer.wait_end()
        if step.label:
            self._answers[step.label] = failed

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
            self._until((step.who, "stops"), Stopped(peer))
            if self._schedule is not None and self._schedule.on:
                self._schedule.stopped(peer, True)
        elif step.what == "continues":
            self._end((step.who, "stops"))
            if self._schedule is not None and self._schedule.on:
                self._schedule.stopped(peer, False)
        elif step.what == "has died":
            self._has_died(step, peer)
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
    def _dies_at(self, step: DiesAt) -> None:
        peer = self._peers[step.who]
        thread = _thread_of(peer, step.thread)
        self._until(step.who, DiesAtCall(peer, CallId(thread, step.call, step.nth)))

    def _has_died(self, step: Becomes, peer: Peer) -> None:
        try:
            peer.wait_end()
        except Hang as error:
            raise Inconclusive(f"line {step.line}: {step.who} has not come to that call") from error
        peer.forget_all()
        self._end(step.who)

    @take.register
    def _meets_calls(self, step: MeetsCalls) -> None:
        peer, what = self._peers[step.who], (step.who, step.function)
        if step.action == "release":
            self._release(step, what)
            return
        which = dict(step.which)
        if "thread" in which:
            which["thread"] = _thread_of(peer, which["thread"])
        if step.action == "hold":
            self._held[what] = CallHeld(peer, step.function, **which)
            self._until(what, self._held[what])
        elif step.action == "delay":
            delayed = CallDelayed(peer, step.function, step.delay_ns / 1e9, **which)
            self._lasting.enter_context(delayed)
        else:
            self._lasting.enter_context(CallFails(peer, step.function, step.error, **which))

    def _release(self, step: MeetsCalls, what: tuple[str, str]) -> None:
        """Lets the call go on that is held, once one is."""
        try:
            self._held[what].wait()
        except Hang as error:
            raise Inconclusive(
                f"line {step.line}: no {step.function} of {step.who} came"
            ) from error
        self._end(what)

    @take.register
    def _has_descriptors(self, step: HasDescriptors) -> None:
        what = (step.who, "descriptors")
        if step.left is None:
            self._end(what)
        else:
            self._until(what, FewDescriptors(self._peers[step.who], step.left))

    @take.register
    def _directory_is(self, step: DirectoryIs) -> None:
        if step.state == "as before":
            self._end("directory")
        else:
            fault, options = DIRECTORY[step.state]
            self._until("directory", fault(self._scene, **options))

    @take.register
    def _relays(self, step: Relays) -> None:
        path = self._scene.socket_of(self._peers[step.who])
        self._lasting.enter_context(Relay(self._scene, path, *step.rule.splitlines()))

    @take.register
    def _ghost_appears(self, step: GhostAppears) -> None:
        unbound = not (step.bound or step.abstract)
        ghost = Ghost(self._scene, step.who, idle=True, unbound=unbound, abstract=step.abstract)
        self._until(step.who, ghost)
        self._ghosts[step.who] = ghost

    @take.register
    def _ghost_goes(self, step: GhostGoes) -> None:
        self._end(step.who)

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


_EAL_THREADS = {"ipc": threads.IPC_THREADS, "interrupts": threads.INTERRUPT_THREADS}


def _thread_of(peer: Peer, name: str) -> str:
    """The name of a thread, of EAL's own as this release calls it."""
    there = set(peer.threads())
    return next((one for one in _EAL_THREADS.get(name, ()) if one in there), name)


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
