# SPDX-License-Identifier: BSD-3-Clause
"""Writes a scenario as a clause of the contract, ready to be pasted into a test_*.py."""

from __future__ import annotations

import re
import textwrap
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
    Scenario,
    Schedules,
    Starts,
    Step,
    Tells,
)
from faults.text import TextError

_IMPORTS = {
    "CallDelayed": "from faults.call import CallDelayed",
    "CallFails": "from faults.call import CallFails",
    "CallHeld": "from faults.call import CallHeld",
    "breakable": "from faults.call import breakable",
    "CallId": "from faults.steps import CallId",
    "DiesAtCall": "from faults.steps import DiesAtCall",
    "FewDescriptors": "from faults.process import FewDescriptors",
    "Full": "from faults.runtime_dir import Full",
    "Gone": "from faults.runtime_dir import Gone",
    "Locked": "from faults.runtime_dir import Locked",
    "ReadOnly": "from faults.runtime_dir import ReadOnly",
    "nobody": "from faults.runtime_dir import nobody",
    "Killed": "from faults.process import Killed",
    "ExitedWithoutCleanup": "from faults.process import ExitedWithoutCleanup",
    "Ghost": "from faults.ghost import Ghost",
    "Relay": "from faults.relay import Relay",
    "Stopped": "from faults.process import Stopped",
    "MpType": "from traffic.datagram import MpType",
}
_TYPES = {"message": "MP_MSG", "request": "MP_REQ", "reply": "MP_REP", "ignore": "MP_IGN"}


def clause(scenario: Scenario) -> str:
    """The text of a file with one clause."""
    writer = _Writer()
    if any(isinstance(step, MeetsCalls) for step in scenario.steps):
        writer.lines.append("    breakable(scene)")
    for step in scenario.steps:
        writer.take(step)
    body = "\n".join(writer.lines)
    imports = [line for name, line in _IMPORTS.items() if re.search(rf"\b{name}\b", body)]
    promise = scenario.promise or "What the scenario expects is what happens."
    name = "_".join(re.findall("[a-z0-9]+", promise.lower())[:8])
    return "\n".join(
        [
            "# SPDX-License-Identifier: BSD-3-Clause",
            f'"""{textwrap.shorten(promise, 96, placeholder="...")}"""',
            "",
            *sorted([*imports, "from targets.scene import Scene"]),
            "",
            "",
            f"def test_{name}(scene: Scene):",
            f'    """{textwrap.fill(promise, 96, subsequent_indent="    ")}',
            "",
            "    Source: say where DPDK promises it",
            "    Since: 18.05   Strength: observed",
            '    """',
            body,
            "",
        ]
    )


class _Writer:
    """lines: the body of the clause until now."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._blocks = [""]
        self._begun: set[str] = set()

    def _add(self, line: str) -> None:
        self.lines.append("    " * len(self._blocks) + line)

    def _open(self, line: str, what: str) -> None:
        """Begins a with-block, which is there while `what` is."""
        self._add(line)
        self._blocks.append(what)

    @singledispatchmethod
    def take(self, step: Step) -> None:
        """Writes a step."""
        raise TypeError(f"{step} is no step")

    def _close(self, what: str, line: int) -> None:
        """Ends the with-block of this, which must be the innermost one."""
        if self._blocks.pop() != what:
            raise TextError(line, 1, what, "a clause can only end what was begun last")

    @take.register
    def _starts(self, step: Starts) -> None:
        given = _given(step)
        if step.held:
            self._add(f'{step.who} = scene.start("{step.role}"{given}, hold=True)')
        else:
            self._add(f"{step.who} = scene.{step.role}({given[2:]})")

    @take.register
    def _fails_to_start(self, step: FailsToStart) -> None:
        name = f"{step.label} = " if step.label else ""
        self._add(f'{name}scene.failing("{step.role}"{_given(step)})')

    @take.register
    def _tells(self, step: Tells) -> None:
        name = f"{step.label} = " if step.label else ""
        given = "".join(f", {key}={_value(value)}" for key, value in step.keys.items())
        how = "call" if step.waits else "tell"
        self._add(f'{name}{step.who}.{how}("{step.verb}"{given})')
        if step.label and not step.waits:
            self._begun.add(step.label)

    @take.register
    def _ends(self, step: Ends) -> None:
        self._answered(step.label)

    def _answered(self, label: str) -> None:
        if label in self._begun:
            self._begun.remove(label)
            self._add(f"{label} = {label}.answer()")

    @take.register
    def _says(self, step: Says) -> None:
        given = _facts(step.facts)
        if step.times is not None:
            self._add(f'assert len({step.who}.events("{step.event}"{given})) == {step.times}')
            return
        name = f"{step.label} = " if step.label else ""
        self._add(f'{name}{step.who}.expect("{step.event}"{given})')

    @take.register
    def _becomes(self, step: Becomes) -> None:
        if step.what == "lives":
            self._add(f'{step.who}.call("nothing")')
        elif step.what == "leaves":
            self._add(f"{step.who}.stop()")
        elif step.what == "stops":
            self._open(f"with Stopped({step.who}):", step.who)
        elif step.what == "continues":
            self._close(step.who, step.line)
        elif step.what == "has died":
            self._add(f"{step.who}.wait_end()")
            self._add(f"{step.who}.forget_all()")
            self._close(f"death of {step.who}", step.line)
        else:
            fault = "Killed" if step.what == "dies" else "ExitedWithoutCleanup"
            self._open(f"with {fault}({step.who}):", step.who)
            self._add(f"{step.who}.forget_all()")
            self._blocks.pop()

    @take.register
    def _expects(self, step: Expects) -> None:
        self._answered(step.label)
        others = [path for path, value in step.values.items() if isinstance(value, Not)]
        for path in others:
            self._add(f"assert {step.label}{_way(path)} != {_value(step.values[path].value)}")
        wanted_values = {p: v for p, v in step.values.items() if p not in others}
        if wanted_values:
            self._equal(step.label, wanted_values)

    def _equal(self, label: str, values: Mapping[str, Any]) -> None:
        seen = ", ".join(f"{label}{_way(path)}" for path in values)
        wanted = ", ".join(_value(value) for value in values.values())
        several = len(values) > 1
        self._add(f"assert ({seen}) == ({wanted})" if several else f"assert {seen} == {wanted}")

    @take.register
    def _schedules(self, step: Schedules) -> None:
        raise TextError(
            step.line, 1, "schedule", "a schedule has no form as a clause: ci/reproduce plays it"
        )

    @take.register
    def _relays(self, step: Relays) -> None:
        rules = ", ".join(map(repr, step.rule.splitlines()))
        self._open(f"with Relay(scene, scene.socket_of({step.who}), {rules}):", "relay")

    @take.register
    def _dies_at(self, step: DiesAt) -> None:
        at = f'CallId("{step.thread}", "{step.call}", {step.nth})'
        self._open(f"with DiesAtCall({step.who}, {at}):", f"death of {step.who}")

    @take.register
    def _meets_calls(self, step: MeetsCalls) -> None:
        what = f"{step.function} of {step.who}"
        if step.action == "release":
            self._add("held.wait()")
            self._close(what, step.line)
            return
        kind, value = {
            "fail": ("CallFails", f', "{step.error}"'),
            "skip": ("CallFails", ', ""'),
            "delay": ("CallDelayed", f", {step.delay_ns / 1e9:g}"),
            "hold": ("CallHeld", ""),
        }[step.action]
        which = "".join(f", {key}={given!r}" for key, given in step.which.items())
        name = " as held" if step.action == "hold" else ""
        self._open(f'with {kind}({step.who}, "{step.function}"{value}{which}){name}:', what)

    @take.register
    def _has_descriptors(self, step: HasDescriptors) -> None:
        what = f"descriptors of {step.who}"
        if step.left is None:
            self._close(what, step.line)
        else:
            self._open(f"with FewDescriptors({step.who}, {step.left}):", what)

    @take.register
    def _directory_is(self, step: DirectoryIs) -> None:
        if step.state == "as before":
            self._close("directory", step.line)
            return
        fault, options = DIRECTORY[step.state]
        given = "".join(f", {key}={value}" for key, value in options.items())
        self._open(f"with {fault.__name__}(scene{given}):", "directory")

    @take.register
    def _ghost_appears(self, step: GhostAppears) -> None:
        unbound = "" if step.bound else f", {'abstract' if step.abstract else 'unbound'}=True"
        self._open(f'with Ghost(scene, "{step.who}", idle=True{unbound}) as {step.who}:', step.who)

    @take.register
    def _ghost_goes(self, step: GhostGoes) -> None:
        self._close(step.who, step.line)

    @take.register
    def _ghost_sends(self, step: GhostSends) -> None:
        given = "".join(f", {key}={value!r}" for key, value in step.keys.items())
        to = f"to=scene.socket_of({step.to})"
        kind = f"MpType.{_TYPES[step.type]}"
        self._add(f"{step.who}.send({kind}, {step.name!r}, {to}{given})")

    @take.register
    def _ghost_sends_bytes(self, step: GhostSendsBytes) -> None:
        self._add(f"{step.who}.send_raw({step.data!r}, to=scene.socket_of({step.to}))")

    @take.register
    def _ghost_gets(self, step: GhostGets) -> None:
        name = f"{step.label} = " if step.label else ""
        self._add(f"{name}{step.who}.expect({step.name!r}, MpType.{_TYPES[step.type]})")

    @take.register
    def _ghost_answers(self, step: GhostAnswers) -> None:
        kind = f"MpType.{_TYPES[step.type]}"
        self._add(f"{step.who}.reply({step.label}, {step.param!r}, type={kind})")


def _given(step: Comes) -> str:
    """The arguments of a start: of EAL, and what the process has of its own."""
    own = "".join(f", {key}={value!r}" for key, value in step.own.items())
    nobody = ", **nobody(scene)" if "user" in step.own else ""
    return "".join(f", {argument!r}" for argument in step.eal) + own + nobody


def _value(value: Any) -> str:
    if isinstance(value, Reference):
        return f"{value.label}{_way(value.path)}"
    return repr(value)


def _way(path: str) -> str:
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split("."))


def _facts(facts: Mapping[str, Any]) -> str:
    if any("." in path for path in facts):
        return f", **{ {path: value for path, value in facts.items()} }"
    return "".join(f", {path}={_value(value)}" for path, value in facts.items())
