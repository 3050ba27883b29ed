# SPDX-License-Identifier: BSD-3-Clause
"""A rule: what a relay does with which datagrams, as text, and as the engine's command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from faults.text import UNITS, written
from traffic.datagram import MpType

# What stands before TYPE and NAME, for people who look for it.
ACTIONS = {
    "pass": "pass",
    "drop": "drop",
    "double": "double",
    "delay": "delay DURATION",
    "hold": "hold",
    "release": "release",
    "reorder": "reorder N",
    "rewrite": "rewrite FIELD=VALUE ...",
    "answer": "answer reply [param=BYTES]",
    "ignore": "answer ignore",
}
TYPES = {
    "message": MpType.MP_MSG,
    "request": MpType.MP_REQ,
    "reply": MpType.MP_REP,
    "ignore": MpType.MP_IGN,
}
FIELDS = ("type", "name", "len_param", "num_fds", "param", "fds")
FDS = ("none", "null")

_TYPE_NAMES = {value: name for name, value in TYPES.items()}


@dataclass
class Rule:
    """An action, and the datagrams that it is for. The first rule that takes a datagram counts.

    action: one of ACTIONS. double: passed twice.  delay: passed after delay_s.  hold: passed when the
    relay is told to `release`, when a rule "release" takes another one, or at the end.  reorder: each
    `group` of them is passed in reverse order.  rewrite: passed with other `fields`.  answer: answered
    with MP_REP and `param` instead of passed.  ignore: answered with MP_IGN.
    name, type, sender, to: None matches any. The last two are "primary", "secondary" or a socket's name.
    nth: the first that it takes of those that match and that no earlier rule has taken.
    most: how many it takes (of a reordering: how many groups), None for all.
    bites: how often it has been applied.
    """

    action: str
    name: str | None = None
    type: MpType | None = None
    most: int | None = None
    delay_s: float = 0.0
    nth: int = 1
    sender: str | None = None
    to: str | None = None
    group: int = 0
    fields: Mapping[str, Any] = field(default_factory=dict)
    param: bytes = b""
    bites: int = field(default=0, init=False, compare=False)

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"action is {self.action}; it must be one of {', '.join(ACTIONS)}")
        if (self.action == "delay") != (self.delay_s > 0):
            raise ValueError("delay_s goes with the action delay, and is more than 0")
        if (self.action == "reorder") != (self.group > 0) or self.group == 1:
            raise ValueError("group goes with the action reorder, and is 2 or more")
        if (self.action == "rewrite") != bool(self.fields):
            raise ValueError("fields go with the action rewrite, and there is one")
        if set(self.fields) - set(FIELDS):
            raise ValueError(f"fields are {set(self.fields)}; they are of {', '.join(FIELDS)}")
        if self.param and self.action != "answer":
            raise ValueError("param goes with the action answer")
        if self.nth < 1 or (self.most is not None and self.most < 1):
            raise ValueError(f"nth is {self.nth} and most is {self.most}: both count from 1")

    def __str__(self) -> str:
        """The text that `parse` (faults/rule_text.py) reads."""
        words = [self.action]
        if self.action == "delay":
            words.append(_duration(round(self.delay_s * UNITS["s"])))
        elif self.action == "reorder":
            words.append(str(self.group))
        elif self.action == "rewrite":
            words += [
                f"{key}={_shown(key, self.fields[key])}" for key in FIELDS if key in self.fields
            ]
        elif self.action in ("answer", "ignore"):
            words = ["answer", "ignore" if self.action == "ignore" else "reply"]
            words += [f"param={_shown('param', self.param)}"] if self.param else []
        words.append("*" if self.type is None else _TYPE_NAMES[self.type])
        words.append("*" if self.name is None else written(self.name))
        words += [] if self.sender is None else ["from", self.sender]
        words += [] if self.to is None else ["to", self.to]
        words += [] if self.nth == 1 else ["nth", str(self.nth)]
        words += [] if self.most is None else ["times", str(self.most)]
        return " ".join(words)

    def command(self) -> dict[str, Any]:
        """The rule as the engine's command (faults/relay/rule.cpp)."""
        keys: dict[str, Any] = {
            "action": "answer" if self.action == "ignore" else self.action,
            "type": None if self.type is None else int(self.type),
            "name": None if self.name is None else self.name.encode().hex(),
            "from": self.sender,
            "to": self.to,
            "nth": self.nth,
            "most": self.most,
        }
        if self.action == "delay":
            keys["delay_ns"] = round(self.delay_s * UNITS["s"])
        if self.action == "reorder":
            keys["group"] = self.group
            keys["most"] = None if self.most is None else self.most * self.group
        if self.action in ("answer", "ignore"):
            keys["answer_type"] = int(MpType.MP_REP if self.action == "answer" else MpType.MP_IGN)
            keys["answer_param"] = self.param.hex()
        for name, value in self.fields.items():
            hexed = value.encode().hex() if name == "name" else value
            keys[f"set_{name}"] = hexed.hex() if isinstance(hexed, bytes) else hexed
        return {key: value for key, value in keys.items() if value is not None}


def _duration(ns: int) -> str:
    unit = next(name for name in ("s", "ms", "us", "ns") if ns % UNITS[name] == 0)
    return f"{ns // UNITS[unit]}{unit}"


def _shown(key: str, value: Any) -> str:
    if key == "name":
        return written(value)
    if key == "param":
        return str(value.hex()) or '""'
    if key == "type":
        return _TYPE_NAMES.get(value, str(int(value)))
    return str(value)
