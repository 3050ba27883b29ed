# SPDX-License-Identifier: BSD-3-Clause
"""Reads a scenario: steps, one a line or parted by ";", each refused with the place of what is wrong.

    promise A reply that comes after its request's timeout does not answer the next request.
    primary1 starts
    secondary1 starts
    primary1 does mp_action_register name=ping manner=hold reply_param="late"
    first: secondary1 begins mp_request_sync name=ping timeout=brief
    expect first ret=-1 rte_errno=ETIMEDOUT
    second: secondary1 begins mp_request_sync name=ping timeout=patience
    primary1 does release_action name=ping
    expect second ret=-1 rte_errno=ETIMEDOUT
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any, Callable

from conformance.scenario import values
from conformance.scenario.steps import (
    Becomes,
    Ends,
    Expects,
    GhostAnswers,
    GhostAppears,
    GhostGets,
    GhostSends,
    GhostSendsBytes,
    Reference,
    Relays,
    Says,
    Scenario,
    Starts,
    Step,
    Tells,
)
from conformance.scenario.values import Verbs
from faults.rule import TYPES
from faults.rule_text import MAX_NAME_LEN, MAX_PARAM_LEN
from faults.rule_text import parse as parse_rules
from faults.text import TextError, Word, data, unquoted, words

__all__ = ["TextError", "parse"]

_PROCESS = re.compile(r"(primary|secondary)[1-9][0-9]?")
_GHOST = re.compile(r"ghost[1-9][0-9]?")
_LABEL = re.compile(r"[a-z][a-z0-9_]*")

# More than any datagram of DPDK has.
MAX_BYTES = 4096

STATES = ("dies", "exits", "leaves", "stops", "continues", "lives")

DOES = (
    "starts [EAL ARGUMENTS], does VERB KEY=VALUE ..., begins VERB KEY=VALUE ..., says EVENT [KEY=VALUE "
    "...], has said EVENT N times [KEY=VALUE ...], registers NAME: MANNER, unregisters NAME, releases "
    "NAME, sends NAME, requests NAME [async], " + ", ".join(STATES)
)
GHOST_DOES = (
    "appears, sends TYPE NAME to=PROCESS [param=BYTES] [len_param=N] [num_fds=N], sends bytes "
    "BYTES to=PROCESS, gets TYPE NAME, answers LABEL TYPE [param=BYTES]"
)


def parse(text: str, verbs: Verbs) -> Scenario:
    """The scenario that a text tells; TextError for the first thing that is wrong, or where it could
    never fail. verbs: as `peer --verbs=json` tells of them."""
    reader = _Reader(verbs)
    for number, line in enumerate(text.split("\n"), 1):
        if line.split()[:1] == ["promise"]:
            reader.promise = " ".join(line.split()[1:])
            continue
        for column, part in _parts(line):
            found, end = words(number, " " * column + part)
            if found:
                reader.step(_Line(found, end))
    steps = tuple(reader.steps)
    if not any(isinstance(step, (Expects, Says)) or _is_life(step) for step in steps):
        raise TextError(
            1, 1, "a scenario that can never fail", "expected a line with expect, says or lives"
        )
    return Scenario(reader.promise, steps, text)


def _is_life(step: Step) -> bool:
    return isinstance(step, Becomes) and step.what == "lives"


def _parts(line: str) -> list[tuple[int, str]]:
    """The steps of a line, each with its column; a ";" in quotes or in a comment parts nothing."""
    parts, at, quoted = [], 0, False
    for index, character in enumerate(line):
        if character == '"' and line[index - 1 : index] != "\\":
            quoted = not quoted
        elif character == "#" and not quoted:
            break
        elif character == ";" and not quoted:
            parts.append((at, line[at:index]))
            at = index + 1
    return [*parts, (at, line[at:])]


class _Line:
    """The words of a step, taken one after another."""

    def __init__(self, found: list[Word], end: Word) -> None:
        self._words = found
        self._end = end
        self.number = end.line

    def peek(self) -> Word:
        return self._words[0] if self._words else self._end

    def take(self) -> Word:
        return self._words.pop(0) if self._words else self._end

    def rest(self) -> list[Word]:
        rest, self._words = self._words, []
        return rest

    def over(self) -> None:
        """Nothing more may come."""
        if self._words:
            raise self._words[0].wrong("expected the end of the step")


class _Reader:
    """What is known at a line: who lives, and what answers and events are called."""

    def __init__(self, verbs: Verbs) -> None:
        self._verbs = verbs
        self.promise = ""
        self.steps: list[Step] = []
        self._there: set[str] = set()
        self._gone: set[str] = set()
        self._labels: dict[str, type] = {}

    def step(self, line: _Line) -> None:
        """Reads one step."""
        first = line.take()
        if first.text == "expect":
            self.steps.append(self._expect(line))
            return
        if first.text == "relay":
            self.steps.append(self._relay(line))
            return
        label = ""
        if first.text.endswith(":"):
            label = self._new_label(first)
            first = line.take()
        if _GHOST.fullmatch(first.text):
            step = self._ghost(first, line, label)
        elif _PROCESS.fullmatch(first.text):
            step = self._process(first, line, label)
        elif first.text in self._labels and line.peek().text == "ends":
            line.take()
            step = Ends(line.number, first.text)
        else:
            raise first.wrong(
                "expected a process (primary1, secondary1, ...), a ghost (ghost1), LABEL: before one of "
                "them, LABEL ends, expect or relay"
            )
        line.over()
        if label and not isinstance(step, (Tells, Says, GhostGets)):
            raise first.wrong(
                "only what does, begins, says or gets something has an answer to name"
            )
        if label:
            self._labels[label] = type(step)
        self.steps.append(step)

    # -- names ------------------------------------------------------------------------------------

    def _new_label(self, word: Word) -> str:
        label = word.text[:-1]
        if not _LABEL.fullmatch(label) or label in ("expect", "relay", "promise"):
            raise word.wrong("expected a name of small letters, digits and _")
        if label in self._labels:
            raise word.wrong("this name is taken")
        return label

    def _label(self, word: Word, *kinds: type) -> str:
        known = [name for name, kind in self._labels.items() if not kinds or kind in kinds]
        if word.text not in known:
            raise word.wrong(
                f"expected a name that stands before: {', '.join(known) or 'there is none'}"
            )
        return word.text

    def _living(self, word: Word) -> str:
        if word.text in self._gone:
            raise word.wrong("it is gone by then")
        if word.text not in self._there:
            there = ", ".join(sorted(self._there - self._gone)) or "nobody"
            raise word.wrong(f"expected one that is there by then: {there}")
        return word.text

    def _checked(self, keys: dict[str, Any], where: Word) -> dict[str, Any]:
        """The keys, whose references name what stands before."""
        for value in keys.values():
            if isinstance(value, Reference):
                self._label(Word(value.label, where.line, where.column))
        return keys

    # -- what a process does ----------------------------------------------------------------------

    def _process(self, who: Word, line: _Line, label: str) -> Step:
        what = line.take()
        if what.text == "starts":
            if who.text in self._there:
                raise who.wrong("it has started before: a process that comes again is another one")
            self._there.add(who.text)
            return Starts(line.number, who.text, tuple(unquoted(word) for word in line.rest()))
        name = self._living(who)
        if what.text in ("does", "begins"):
            return self._tells(name, line, label, what.text == "does")
        if what.text == "says":
            event, facts = line.take(), line.rest()
            return Says(line.number, name, self._event(event), self._facts(facts), label)
        if what.text == "has":
            return self._has_said(name, line)
        if what.text in STATES:
            if what.text in ("dies", "exits", "leaves"):
                self._gone.add(name)
            return Becomes(line.number, name, what.text)
        if what.text in _SHORT:
            return self._short(name, what, line, label)
        raise what.wrong(f"expected what {name} does: {DOES}")

    def _tells(self, who: str, line: _Line, label: str, waits: bool) -> Tells:
        verb = line.take()
        if verb.text not in self._verbs:
            near = ", ".join(get_close_matches(verb.text, self._verbs)) or "none is like it"
            raise verb.wrong(f"expected a verb of `build/targets/peer --verbs`: {near}")
        keys = values.of_verb(verb.text, line.rest(), verb, self._verbs)
        return Tells(line.number, who, verb.text, self._checked(keys, verb), label, waits)

    def _event(self, word: Word) -> str:
        if not _LABEL.fullmatch(word.text):
            raise word.wrong("expected an event, such as action, async_reply, replied")
        return word.text

    def _facts(self, given: list[Word]) -> dict[str, Any]:
        return dict(values.compared(word) for word in given)

    def _has_said(self, who: str, line: _Line) -> Says:
        _keyword(line, "said")
        event = self._event(line.take())
        count = line.take()
        if not count.text.isdigit():
            raise count.wrong("expected a number, 0 or more")
        _keyword(line, "times")
        facts = self._facts(line.rest())
        return Says(line.number, who, event, facts, times=int(count.text))

    def _short(self, who: str, what: Word, line: _Line, label: str) -> Tells:
        """A step in the words of the model's scripts."""
        word = line.take()
        keys = {"name": unquoted(Word(word.text.rstrip(":"), word.line, word.column))}
        verb = _SHORT[what.text]
        if what.text == "registers":
            keys["manner"] = unquoted(line.take())
        elif what.text == "requests":
            keys["timeout"] = "ample"
            if line.peek().text == "async":
                line.take()
                verb = "mp_request_async"
        if not keys["name"]:
            raise word.wrong("expected a name")
        return Tells(line.number, who, verb, keys, label, True)

    # -- what is expected -------------------------------------------------------------------------

    def _expect(self, line: _Line) -> Expects:
        label = self._label(line.take())
        if not (given := line.rest()):
            raise line.peek().wrong("expected KEY=VALUE, such as ret=0")
        return Expects(line.number, label, self._checked(self._facts(given), given[0]))

    # -- what goes wrong --------------------------------------------------------------------------

    def _relay(self, line: _Line) -> Relays:
        word = line.take()
        who = Word(word.text.rstrip(":"), word.line, word.column)
        rule = line.rest()
        if not rule:
            raise line.peek().wrong("expected a rule, such as drop request ping times 1")
        told = " ".join(each.text for each in rule)
        try:
            parse_rules(told)
        except TextError as error:
            column = rule[0].column + error.column - 1
            raise TextError(line.number, column, error.given, error.allowed) from error
        return Relays(line.number, self._living(who), told)

    def _ghost(self, who: Word, line: _Line, label: str) -> Step:
        what = line.take()
        if what.text == "appears":
            if who.text in self._there:
                raise who.wrong("it has appeared before")
            self._there.add(who.text)
            return GhostAppears(line.number, who.text)
        name = self._living(who)
        if what.text == "sends":
            return self._ghost_sends(name, line)
        if what.text == "gets":
            return GhostGets(line.number, name, _type(line.take()), _name(line.take()), label)
        if what.text == "answers":
            asked = self._label(line.take(), GhostGets)
            answer = _type(line.take())
            keys = _datagram_keys(line.rest(), ("param",))
            return GhostAnswers(line.number, name, asked, answer, keys.get("param", b""))
        raise what.wrong(f"expected what {name} does: {GHOST_DOES}")

    def _ghost_sends(self, who: str, line: _Line) -> GhostSends | GhostSendsBytes:
        if line.peek().text == "bytes":
            line.take()
            raw = data(line.take(), MAX_BYTES)
            return GhostSendsBytes(line.number, who, raw, self._receiver(line))
        kind, name = _type(line.take()), _name(line.take())
        to = self._receiver(line)
        keys = _datagram_keys(line.rest(), ("param", "len_param", "num_fds"))
        return GhostSends(line.number, who, kind, name, to, keys)

    def _receiver(self, line: _Line) -> str:
        target = line.take()
        key, to = values.assigned(target)
        if key.text != "to" or not _PROCESS.fullmatch(to.text):
            raise target.wrong("expected to=PROCESS, such as to=primary1")
        return self._living(to)


_SHORT = {
    "registers": "mp_action_register",
    "unregisters": "mp_action_unregister",
    "releases": "release_action",
    "sends": "mp_sendmsg",
    "requests": "mp_request_sync",
}


def _keyword(line: _Line, expected: str) -> None:
    word = line.take()
    if word.text != expected:
        raise word.wrong(f"expected {expected}")


def _type(word: Word) -> str:
    if word.text not in TYPES:
        raise word.wrong(f"expected one of {', '.join(TYPES)}")
    return word.text


def _name(word: Word) -> str:
    name = unquoted(word)
    if not 0 < len(name.encode()) < MAX_NAME_LEN:
        raise word.wrong(f"expected a name of 1 to {MAX_NAME_LEN - 1} bytes")
    return name


def _datagram_keys(given: list[Word], known: tuple[str, ...]) -> dict[str, Any]:
    meanings: dict[str, Callable[[Word], Any]] = {
        "param": lambda word: data(word, MAX_PARAM_LEN),
        "len_param": _number,
        "num_fds": _number,
    }
    found = {}
    for word in given:
        key, value = values.assigned(word)
        if key.text not in known:
            raise key.wrong(f"expected one of {', '.join(known)}")
        found[key.text] = meanings[key.text](value)
    return found


def _number(word: Word) -> int:
    if not re.fullmatch(r"-?[0-9]{1,10}", word.text) or not -(2**31) <= int(word.text) < 2**31:
        raise word.wrong("expected a number that fits a C int")
    return int(word.text)
