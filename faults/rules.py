# SPDX-License-Identifier: BSD-3-Clause
"""What a relay does with which datagrams: rules, and the text that people write them in.

One rule a line; the first that takes a datagram counts, and what none takes is passed.

    drop reply eal_dev_mp_request to primary nth 2 times 1
    delay 300ms request eal_vdev_mp from secondary
    rewrite num_fds=3 fds=none message *
    answer ignore request mp_malloc_sync          # in the name of the one who was asked

    ACTION TYPE NAME [from WHOM] [to WHOM] [nth N] [times N]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Callable, Mapping

from traffic.datagram import MpType

# RTE_MP_MAX_NAME_LEN and RTE_MP_MAX_PARAM_LEN of rte_eal.h: the same in every release.
MAX_NAME_LEN = 64
MAX_PARAM_LEN = 256

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
UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
LONGEST_DELAY_NS = 24 * 3600 * UNITS["s"]

_TYPE_NAMES = {value: name for name, value in TYPES.items()}
_BARE = re.compile(r"[A-Za-z0-9_.:/+-]+")
_SOCKET = re.compile(r"mp_socket_[^/\s]+")


class RuleError(ValueError):
    """A text that is no rule, or one that can do nothing: where, what was given, what is allowed."""

    def __init__(self, line: int, column: int, given: str, allowed: str) -> None:
        super().__init__(f"line {line}, column {column}: {given}: {allowed}")
        self.line = line
        self.column = column
        self.given = given
        self.allowed = allowed


@dataclass
class Rule:
    """What happens to the datagrams it matches. The first rule that takes one counts.

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
        """The text that `parse` reads."""
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
        words.append("*" if self.name is None else _word(self.name))
        words += [] if self.sender is None else ["from", self.sender]
        words += [] if self.to is None else ["to", self.to]
        words += [] if self.nth == 1 else ["nth", str(self.nth)]
        words += [] if self.most is None else ["times", str(self.most)]
        return " ".join(words)

    def command(self) -> dict[str, Any]:
        """As the engine is told of it (faults/relay/rule.cpp)."""
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


# -- to text ----------------------------------------------------------------------------------------


def _duration(ns: int) -> str:
    unit = next(name for name in ("s", "ms", "us", "ns") if ns % UNITS[name] == 0)
    return f"{ns // UNITS[unit]}{unit}"


def _word(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    escaped = (
        f"\\x{ord(c):02x}" if ord(c) < 32 or ord(c) == 127 else f"\\{c}" if c in '"\\' else c
        for c in text
    )
    return f'"{"".join(escaped)}"'


def _shown(key: str, value: Any) -> str:
    if key == "name":
        return _word(value)
    if key == "param":
        return str(value.hex()) or '""'
    if key == "type":
        return _TYPE_NAMES.get(value, str(int(value)))
    return str(value)


# -- from text --------------------------------------------------------------------------------------

_TOKEN = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^\s"])+')


@dataclass(frozen=True)
class _Token:
    text: str
    line: int
    column: int

    def wrong(self, allowed: str) -> RuleError:
        given = repr(self.text) if self.text else "the end of the line"
        return RuleError(self.line, self.column, given, allowed)

    def after(self, size: int) -> _Token:
        return _Token(self.text[size:], self.line, self.column + size)


def parse(text: str) -> list[Rule]:
    """The rules in a text; RuleError for the first thing that is wrong."""
    read = [_Line(*numbered) for numbered in enumerate(text.split("\n"), 1)]
    lines = [line for line in read if line.tokens]
    rules = [line.rule() for line in lines]
    for number, (line, rule) in enumerate(zip(lines, rules)):
        whole = line.tokens[0]
        for earlier, other in zip(lines[:number], rules):
            if _takes_all(other, rule):
                raise whole.wrong(
                    f"it never gets a datagram: line {earlier.number} ({other}) takes all of these; "
                    "put it above, or give that one times or nth"
                )
        if rule.action == "release" and not any(other.action == "hold" for other in rules):
            raise whole.wrong("there is nothing to release: no rule holds")
    return rules


def _takes_all(one: Rule, other: Rule) -> bool:
    """Whether nothing is left for `other` behind `one`."""
    covers = all(
        wide is None or wide == narrow
        for wide, narrow in ((one.name, other.name), (one.type, other.type))
    )
    return (
        covers
        and one.most is None
        and one.nth == 1
        and _covers(one.sender, other.sender)
        and _covers(one.to, other.to)
    )


def _covers(wide: str | None, narrow: str | None) -> bool:
    if wide == "secondary" and narrow is not None and narrow.startswith("mp_socket_"):
        return True
    return wide is None or wide == narrow


class _Line:
    """One line, word by word."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.tokens: list[_Token] = []
        at = 0
        while at < len(text):
            if text[at].isspace():
                at += 1
            elif text[at] == "#":
                break
            else:
                found = _TOKEN.match(text, at)
                token = _Token(found.group() if found else text[at:], number, at + 1)
                if not found or text[found.end() : found.end() + 1] == '"':
                    raise token.wrong("a quoted text ends with a quote")
                self.tokens.append(token)
                at = found.end()
        self._end = _Token("", number, len(text.rstrip()) + 1)
        self._next = 0

    # -- words ------------------------------------------------------------------------------------

    def _peek(self) -> _Token:
        return self.tokens[self._next] if self._next < len(self.tokens) else self._end

    def _take(self) -> _Token:
        token = self._peek()
        self._next += 1
        return token

    def _one_of(self, known: Mapping[str, Any]) -> Any:
        token = self._take()
        if token.text not in known:
            raise token.wrong(f"expected one of {', '.join(known)}")
        return known[token.text]

    # -- a rule -----------------------------------------------------------------------------------

    def rule(self) -> Rule:
        actions = {name: name for name in ACTIONS if name != "ignore"}
        action = self._one_of(actions)
        rule = _ARGUMENTS[action](self) if action in _ARGUMENTS else Rule(action)
        what = self._peek()
        rule.type = self._one_of({**TYPES, "*": None})
        if rule.action in ("answer", "ignore") and rule.type != MpType.MP_REQ:
            raise what.wrong("only a request is answered: expected request")
        self._name(rule)
        self._conditions(rule)
        _check_rewriting(rule, self.tokens[0])
        return rule

    def _name(self, rule: Rule) -> None:
        token = self._take()
        rule.name = None if token.text == "*" else _name(token, MAX_NAME_LEN - 1)

    def _conditions(self, rule: Rule) -> None:
        known: dict[str, Callable[[_Token], Any]] = {
            "from": _whom,
            "to": _whom,
            "nth": _count,
            "times": _count,
        }
        fields = {"from": "sender", "to": "to", "nth": "nth", "times": "most"}
        while self._next < len(self.tokens):
            token = self._peek()
            left = [name for name in known if name in fields]
            word = self._one_of({name: name for name in left} or {"the end of the line": ""})
            setattr(rule, fields.pop(word), known[word](self._take()))
            if {rule.sender, rule.to} in ({"primary"}, {"secondary"}):
                raise token.wrong(
                    f"no datagram goes from {rule.sender} to {rule.to}: secondaries talk to the primary, "
                    "and it to them (who forges one has a socket's name: give that)"
                )
            if rule.sender is not None and rule.sender == rule.to:
                raise token.wrong("nobody writes to itself")

    # -- what the actions want --------------------------------------------------------------------

    def _delay(self) -> Rule:
        return Rule("delay", delay_s=_nanoseconds(self._take()) / UNITS["s"])

    def _reorder(self) -> Rule:
        token = self._take()
        group = _count(token)
        if group < 2:
            raise token.wrong("expected how many leave in reverse order: 2 or more")
        return Rule("reorder", group=group)

    def _rewrite(self) -> Rule:
        fields: dict[str, Any] = {}
        while "=" in self._peek().text:
            key, value = self._assigned(FIELDS)
            if key.text in fields:
                raise key.wrong("expected each field once")
            fields[key.text] = _VALUES[key.text](value)
        if not fields:
            raise self._peek().wrong(f"expected FIELD=VALUE, FIELD one of {', '.join(FIELDS)}")
        return Rule("rewrite", fields=fields)

    def _answer(self) -> Rule:
        kind = self._one_of({"reply": "answer", "ignore": "ignore"})
        if "=" not in self._peek().text:
            return Rule(kind)
        if kind == "ignore":
            raise self._peek().wrong("an MP_IGN says nothing: expected the type, request")
        _key, value = self._assigned(("param",))
        return Rule(kind, param=_bytes(value))

    def _assigned(self, known: tuple[str, ...]) -> tuple[_Token, _Token]:
        token = self._take()
        name = token.text.partition("=")[0]
        key = _Token(name, token.line, token.column)
        if name not in known:
            raise key.wrong(f"expected one of {', '.join(known)}")
        return key, token.after(len(name) + 1)


_ARGUMENTS: dict[str, Callable[[_Line], Rule]] = {
    "delay": _Line._delay,
    "reorder": _Line._reorder,
    "rewrite": _Line._rewrite,
    "answer": _Line._answer,
}


def _check_rewriting(rule: Rule, token: _Token) -> None:
    same = {"type": rule.type, "name": rule.name}
    if rule.fields and all(same.get(key, object()) == value for key, value in rule.fields.items()):
        raise token.wrong("it changes nothing: what it matches is so already")


# -- values -----------------------------------------------------------------------------------------

_ESCAPE = re.compile(r'\\(?:x([0-7][0-9a-fA-F])|(["\\]))')


def _unquoted(token: _Token) -> str:
    text = token.text
    if '"' not in text:
        return text
    if not (len(text) > 1 and text[0] == '"' and text[-1] == '"' and '"' not in _bare(text)):
        raise token.wrong("expected one word, or one text in quotes")
    inner = text[1:-1]
    if "\\" in _ESCAPE.sub("", inner):
        raise token.wrong('expected in quotes no other escapes than \\\\, \\" and \\x00 to \\x7f')
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], inner)


def _bare(quoted: str) -> str:
    return re.sub(r"\\.", "", quoted[1:-1])


def _name(token: _Token, most: int) -> str:
    name = _unquoted(token)
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise token.wrong("expected text that is UTF-8") from error
    if not name:
        raise token.wrong("expected an action's name, or * for any: no name is empty")
    if size > most:
        raise token.wrong(f"it has {size} bytes; a name has at most {most} (RTE_MP_MAX_NAME_LEN)")
    if "\0" in name:
        raise token.wrong("a name ends before its first NUL")
    return name


def _whom(token: _Token) -> str | None:
    if token.text in ("all", "primary", "secondary"):
        return None if token.text == "all" else token.text
    if token.text == "mp_socket":
        return "primary"
    if not _SOCKET.fullmatch(token.text):
        raise token.wrong(
            "expected primary, secondary, all, or the name of a socket in the runtime directory, such "
            "as mp_socket_4711_6a3b"
        )
    return token.text


def _count(token: _Token) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", token.text) or int(token.text) < 1:
        raise token.wrong("expected a number, 1 or more")
    return int(token.text)


def _nanoseconds(token: _Token) -> int:
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)([a-z]*)", token.text)
    units = ", ".join(UNITS)
    if not found or found[2] not in UNITS:
        raise token.wrong(f"expected a time with its unit, such as 300ms; the units are {units}")
    ns = Decimal(found[1]) * UNITS[found[2]]
    if ns != int(ns) or not 1 <= ns <= LONGEST_DELAY_NS:
        raise token.wrong("expected 1ns to 24 hours, in whole nanoseconds")
    return int(ns)


def _int(token: _Token) -> int:
    whole = re.fullmatch(r"-?[0-9]{1,10}", token.text)
    if not whole or not -(2**31) <= int(token.text) < 2**31:
        raise token.wrong("expected a number that fits a C int")
    return int(token.text)


def _type(token: _Token) -> int:
    if token.text in TYPES:
        return TYPES[token.text]
    if not re.fullmatch(r"-?[0-9]+", token.text):
        raise token.wrong(f"expected one of {', '.join(TYPES)}, or a number")
    number = _int(token)
    return MpType(number) if number in set(MpType) else number


def _bytes(token: _Token) -> bytes:
    if '"' in token.text:
        value = _unquoted(token).encode(errors="surrogatepass")
    elif re.fullmatch(r"(?:[0-9a-fA-F]{2})+", token.text):
        value = bytes.fromhex(token.text)
    else:
        raise token.wrong(
            'expected bytes as hexadecimal digits, two each, or a text in quotes ("")'
        )
    if len(value) > MAX_PARAM_LEN:
        raise token.wrong(f"it has {len(value)} bytes; a param has at most {MAX_PARAM_LEN}")
    return value


def _fds(token: _Token) -> str:
    if token.text not in FDS:
        raise token.wrong(f"expected one of {', '.join(FDS)}")
    return token.text


_VALUES: dict[str, Callable[[_Token], Any]] = {
    "type": _type,
    # All 64 bytes: a name without its NUL is a lie worth telling.
    "name": lambda token: _name(token, MAX_NAME_LEN),
    "len_param": _int,
    "num_fds": _int,
    "param": _bytes,
    "fds": _fds,
}
