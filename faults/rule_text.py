# SPDX-License-Identifier: BSD-3-Clause
"""The text that people write rules in: read, or refused with the place of what is wrong.

One rule a line; the first that takes a datagram counts, and what none takes is passed.

    drop reply eal_dev_mp_request to primary nth 2 times 1
    delay 300ms request eal_vdev_mp from secondary
    rewrite num_fds=3 fds=none message *
    answer ignore request mp_malloc_sync          # in the name of the one who was asked

    ACTION TYPE NAME [from WHOM] [to WHOM] [nth N] [times N]
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping

from faults.rule import ACTIONS, FDS, FIELDS, TYPES, Rule
from faults.text import UNITS, Word, data, nanoseconds, unquoted, words
from traffic.datagram import MpType

# RTE_MP_MAX_NAME_LEN and RTE_MP_MAX_PARAM_LEN of rte_eal.h: the same in every release.
MAX_NAME_LEN = 64
MAX_PARAM_LEN = 256

_SOCKET = re.compile(r"mp_socket_[^/\s]+")


def parse(text: str) -> list[Rule]:
    """The rules in a text; TextError for the first thing that is wrong."""
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
        self.tokens, self._end = words(number, text)
        self._next = 0

    # -- words ------------------------------------------------------------------------------------

    def _peek(self) -> Word:
        return self.tokens[self._next] if self._next < len(self.tokens) else self._end

    def _take(self) -> Word:
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
        known: dict[str, Callable[[Word], Any]] = {
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
        return Rule("delay", delay_s=nanoseconds(self._take()) / UNITS["s"])

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
        return Rule(kind, param=data(value, MAX_PARAM_LEN))

    def _assigned(self, known: tuple[str, ...]) -> tuple[Word, Word]:
        token = self._take()
        name = token.text.partition("=")[0]
        key = Word(name, token.line, token.column)
        if name not in known:
            raise key.wrong(f"expected one of {', '.join(known)}")
        return key, token.after(len(name) + 1)


_ARGUMENTS: dict[str, Callable[[_Line], Rule]] = {
    "delay": _Line._delay,
    "reorder": _Line._reorder,
    "rewrite": _Line._rewrite,
    "answer": _Line._answer,
}


def _check_rewriting(rule: Rule, token: Word) -> None:
    same = {"type": rule.type, "name": rule.name}
    if rule.fields and all(same.get(key, object()) == value for key, value in rule.fields.items()):
        raise token.wrong("it changes nothing: what it matches is so already")


# -- values -----------------------------------------------------------------------------------------


def _name(token: Word, most: int) -> str:
    name = unquoted(token)
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


def _whom(token: Word) -> str | None:
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


def _count(token: Word) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", token.text) or int(token.text) < 1:
        raise token.wrong("expected a number, 1 or more")
    return int(token.text)


def _int(token: Word) -> int:
    whole = re.fullmatch(r"-?[0-9]{1,10}", token.text)
    if not whole or not -(2**31) <= int(token.text) < 2**31:
        raise token.wrong("expected a number that fits a C int")
    return int(token.text)


def _type(token: Word) -> int:
    if token.text in TYPES:
        return TYPES[token.text]
    if not re.fullmatch(r"-?[0-9]+", token.text):
        raise token.wrong(f"expected one of {', '.join(TYPES)}, or a number")
    number = _int(token)
    return MpType(number) if number in set(MpType) else number


def _fds(token: Word) -> str:
    if token.text not in FDS:
        raise token.wrong(f"expected one of {', '.join(FDS)}")
    return token.text


_VALUES: dict[str, Callable[[Word], Any]] = {
    "type": _type,
    # All 64 bytes: a name without its NUL is a lie worth telling.
    "name": lambda token: _name(token, MAX_NAME_LEN),
    "len_param": _int,
    "num_fds": _int,
    "param": lambda token: data(token, MAX_PARAM_LEN),
    "fds": _fds,
}
