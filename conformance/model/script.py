# SPDX-License-Identifier: BSD-3-Clause
"""Scripts: what processes do, one step a line, as people read it and as the model takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

MANNERS = ("reply", "silent", "late", "hold", "twice", "misnamed")


class ScriptError(ValueError):
    """A line that is no step; the text says which line, and what a step looks like."""


@dataclass(frozen=True)
class Step:
    """A step of a script: what a process does, or what is done to it.

    who: role and number in the scene: "secondary2".  name: of the action, message or request.
    times: how many messages, one after another.  is_async, patient, victim: of a request. A patient
    one stays outstanding for as long as it takes, any other one is waited for within the step; the
    victim is killed while it is outstanding.
    """

    who: str
    verb: str
    name: str = ""
    manner: str = ""
    times: int = 1
    is_async: bool = False
    patient: bool = False
    victim: str = ""

    @property
    def role(self) -> str:
        """primary or secondary"""
        return self.who.rstrip("0123456789")

    def __str__(self) -> str:
        words = [self.who, self.verb]
        words += [f"{self.name}:" if self.manner else self.name] if self.name else []
        words += [self.manner] if self.manner else []
        words += [f"{self.times} times"] if self.times > 1 else []
        words += ["async"] if self.is_async else []
        words += ["patiently"] if self.patient else []
        words += [f"while {self.victim} dies"] if self.victim else []
        return " ".join(words)


_WHO = r"(?P<who>(?:primary|secondary)[1-9]\d?)"
_NAME = r"(?P<name>[a-z]+)"
_GRAMMAR = [
    re.compile(f"{_WHO} (?P<verb>starts|stops|continues|dies|exits|leaves)"),
    re.compile(f"{_WHO} (?P<verb>registers) {_NAME}: (?P<manner>{'|'.join(MANNERS)})"),
    re.compile(f"{_WHO} (?P<verb>unregisters|releases) {_NAME}"),
    re.compile(rf"{_WHO} (?P<verb>sends) {_NAME}(?: (?P<times>[1-9]\d?) times)?"),
    re.compile(
        f"{_WHO} (?P<verb>requests) {_NAME}(?P<is_async> async)?"
        r"(?: (?P<patient>patiently)| while (?P<victim>secondary[1-9]\d?|primary[1-9]\d?) dies)?"
    ),
]

LOOKS_LIKE = (
    "primary1 starts | secondary1 registers ping: reply | primary1 sends ping 3 times | primary1 "
    "requests ping [async] [patiently | while secondary1 dies] | secondary1 releases ping | secondary1 "
    "unregisters ping | secondary1 stops | continues | dies | exits | leaves"
)


def parse(text: str) -> list[Step]:
    """The steps of a script: a line each, or parted by ";"; "#" begins a comment. ScriptError."""
    steps = []
    for number, line in enumerate(re.split(r"[;\n]", text), 1):
        words = " ".join(line.partition("#")[0].split())
        if words:
            steps.append(_step(number, words))
    if not steps:
        raise ScriptError(f"a script without steps; a step looks like: {LOOKS_LIKE}")
    return steps


def _step(number: int, words: str) -> Step:
    for form in _GRAMMAR:
        found = form.fullmatch(words)
        if found:
            facts = found.groupdict()
            return Step(
                facts["who"],
                facts["verb"],
                facts.get("name") or "",
                facts.get("manner") or "",
                int(facts.get("times") or 1),
                bool(facts.get("is_async")),
                bool(facts.get("patient")),
                facts.get("victim") or "",
            )
    raise ScriptError(f"step {number} of the script, {words!r}; a step looks like: {LOOKS_LIKE}")


def show(steps: list[Step]) -> str:
    """The script as text, one step a line."""
    return "\n".join(map(str, steps))


def command(steps: list[Step]) -> str:
    """The command that runs it again."""
    return f"ci/validate --model-script '{'; '.join(map(str, steps))}'"
