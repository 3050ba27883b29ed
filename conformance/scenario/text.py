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

from conformance.scenario import fault_lines, ghost_lines, start_lines, values
from conformance.scenario.cast import LABEL, PROCESS, Cast
from conformance.scenario.line import Line
from conformance.scenario.steps import (
    OF_EAL_INIT,
    OF_THE_NEXT_VERB,
    Becomes,
    DiesAt,
    DirectoryIs,
    Ends,
    Expects,
    FailsToStart,
    GhostGets,
    HasDescriptors,
    MeetsCalls,
    Relays,
    Says,
    Scenario,
    Schedules,
    Starts,
    Step,
    Tells,
)
from conformance.scenario.values import Verbs
from faults.rule_text import parse as parse_rules
from faults.schedule import Switch
from faults.text import TextError, Word, unquoted, words

__all__ = ["TextError", "parse"]

_GHOST = re.compile(r"ghost[1-9][0-9]?")
_SWITCH = re.compile(r"([0-9]{1,5})=(director|time|(?:primary|secondary)[1-9][0-9]?\.[a-z]+[0-9]*)")

_NO_TURNS = "relays, calls that fail and deaths at a call take no turns: have them, or a schedule"

STATES = ("dies", "exits", "leaves", "stops", "continues", "lives")

DOES = (
    "starts [held] [KEY=VALUE ...] [EAL ARGUMENTS], fails to start [KEY=VALUE ...] [EAL ARGUMENTS], does "
    "VERB KEY=VALUE ..., begins VERB KEY=VALUE ..., says EVENT [KEY=VALUE ...], has said EVENT N times "
    "[KEY=VALUE ...], registers NAME: MANNER, unregisters NAME, releases NAME, sends NAME, requests NAME "
    "[async], dies at CALL [N] [in THREAD], has died, has N descriptors left, has descriptors as before, "
    + ", ".join(STATES)
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
                reader.step(Line(found, end))
    steps = tuple(reader.steps)
    if not any(isinstance(step, (Expects, Says, FailsToStart)) or _is_life(step) for step in steps):
        raise TextError(
            1,
            1,
            "a scenario that can never fail",
            "expected a line with expect, says, fails to start or lives",
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


class _Reader:
    """What is known at a line: who lives, and what answers and events are called."""

    def __init__(self, verbs: Verbs) -> None:
        self._verbs = verbs
        self.promise = ""
        self.steps: list[Step] = []
        self._cast = Cast(("expect", "promise", "schedule", *_DISTURBED))
        self._held: set[tuple[str, str]] = set()
        self._waiting: set[str] = set()  # Those whose rte_eal_init has not begun.
        self._followed = ""
        self._relayed: set[str] = set()
        self._few: set[str] = set()  # Those with few descriptors left.
        self._disturbed = False
        self._scheduled = False

    def step(self, line: Line) -> None:
        """Reads one step."""
        first = line.take()
        if first.text == "expect":
            self.steps.append(self._expect(line))
            return
        if first.text in _DISTURBED:
            step = _DISTURBED[first.text](self, line)
            line.over()
            self.steps.append(step)
            return
        if first.text == "schedule":
            self.steps.append(self._schedule(first, line))
            return
        label = ""
        if first.text.endswith(":"):
            label = self._cast.new_label(first)
            first = line.take()
        if _GHOST.fullmatch(first.text):
            step = ghost_lines.ghost(first, line, label, self._cast)
        elif PROCESS.fullmatch(first.text):
            step = self._process(first, line, label)
        elif first.text in self._cast.labels and line.peek().text == "ends":
            line.take()
            step = Ends(line.number, first.text)
        else:
            raise first.wrong(
                "expected a process (primary1, secondary1, ...), a ghost (ghost1), LABEL: before one of "
                "them, LABEL ends, expect, relay, calls, directory or schedule"
            )
        line.over()
        if label and not isinstance(step, (Tells, Says, GhostGets, FailsToStart)):
            raise first.wrong(
                "only what does, begins, says or gets something, or fails to start, has an answer to name"
            )
        if label:
            self._cast.labels[label] = type(step)
        self.steps.append(step)

    # -- what a process does ----------------------------------------------------------------------

    def _process(self, who: Word, line: Line, label: str) -> Step:
        what = line.take()
        if what.text in ("starts", "fails"):
            return self._starts(who, line, what.text == "fails", label)
        name = self._cast.living(who)
        if what.text in ("does", "begins"):
            return self._tells(name, line, label, what.text == "does")
        if what.text == "says":
            event, facts = line.take(), line.rest()
            return Says(line.number, name, self._event(event), self._facts(facts), label)
        if what.text == "has":
            return self._has(who, line)
        if what.text == "dies" and line.comes("at"):
            return self._dies_at(who, line)
        if what.text in STATES:
            if what.text in ("dies", "exits", "leaves"):
                self._cast.gone.add(name)
            return Becomes(line.number, name, what.text)
        if what.text in _SHORT:
            return self._short(name, what, line, label)
        raise what.wrong(f"expected what {name} does: {DOES}")

    def _starts(self, who: Word, line: Line, fails: bool, label: str) -> Starts | FailsToStart:
        self._cast.comes(who, "it has started before: a process that comes again is another one")
        if self._scheduled:
            raise who.wrong("a process starts before the line with schedule")
        if fails:
            line.keyword("to", "start")
            self._cast.gone.add(who.text)
        held = not fails and line.comes("held")
        if held:
            self._waiting.add(who.text)
        own = start_lines.own(line)
        eal = tuple(unquoted(word) for word in line.rest())
        if fails:
            return FailsToStart(line.number, who.text, eal, own, label)
        return Starts(line.number, who.text, eal, own, held)

    def _dies_at(self, who: Word, line: Line) -> DiesAt:
        if self._scheduled:
            raise who.wrong(_NO_TURNS)
        if self._followed:
            raise who.wrong(f"{self._followed} is followed until it has died, and only one can be")
        self._followed = who.text
        thread = OF_EAL_INIT if who.text in self._waiting else OF_THE_NEXT_VERB
        return fault_lines.dies_at(who.text, line, thread)

    def _has(self, who: Word, line: Line) -> Step:
        """What follows "has": died, said, or descriptors."""
        if line.comes("died"):
            return self._has_died(who, line)
        if line.peek().text == "said":
            return self._has_said(who.text, line)
        place = line.peek()
        if line.comes("descriptors", "as", "before"):
            if who.text not in self._few:
                raise place.wrong("it has them")
            self._few.remove(who.text)
            return HasDescriptors(line.number, who.text, None)
        if not place.text.isdigit():
            raise place.wrong("expected died, said, N descriptors left, or descriptors as before")
        left = line.number_from(0)
        line.keyword("descriptors", "left")
        if who.text in self._few:
            raise place.wrong("expected descriptors as before in between")
        self._few.add(who.text)
        return HasDescriptors(line.number, who.text, left)

    def _has_died(self, who: Word, line: Line) -> Becomes:
        if who.text != self._followed:
            raise who.wrong("expected one that dies at a call, by a line before")
        self._followed = ""
        self._cast.gone.add(who.text)
        return Becomes(line.number, who.text, "has died")

    def _tells(self, who: str, line: Line, label: str, waits: bool) -> Tells:
        verb = line.take()
        if verb.text not in self._verbs:
            near = ", ".join(get_close_matches(verb.text, self._verbs)) or "none is like it"
            raise verb.wrong(f"expected a verb of `build/targets/peer --verbs`: {near}")
        if verb.text == "eal_init":
            self._waiting.discard(who)
        keys = values.of_verb(verb.text, line.rest(), verb, self._verbs)
        return Tells(line.number, who, verb.text, self._cast.checked(keys, verb), label, waits)

    def _event(self, word: Word) -> str:
        if not LABEL.fullmatch(word.text):
            raise word.wrong("expected an event, such as action, async_reply, replied")
        return word.text

    def _facts(self, given: list[Word]) -> dict[str, Any]:
        return dict(values.compared(word) for word in given)

    def _has_said(self, who: str, line: Line) -> Says:
        line.keyword("said")
        event = self._event(line.take())
        count = line.number_from(0)
        line.keyword("times")
        return Says(line.number, who, event, self._facts(line.rest()), times=count)

    def _short(self, who: str, what: Word, line: Line, label: str) -> Tells:
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

    def _expect(self, line: Line) -> Expects:
        label = self._cast.label(line.take())
        if not (given := line.rest()):
            raise line.peek().wrong("expected KEY=VALUE, such as ret=0")
        return Expects(line.number, label, self._cast.checked(self._facts(given), given[0]))

    # -- who goes on ------------------------------------------------------------------------------

    def _schedule(self, first: Word, line: Line) -> Schedules:
        if self._scheduled:
            raise first.wrong("a scenario has one schedule, which lasts until its end")
        if any(isinstance(step, (Relays, MeetsCalls, DiesAt)) for step in self.steps):
            raise first.wrong(_NO_TURNS)
        self._scheduled = True
        switches: list[Switch] = []
        for word in line.rest():
            found = _SWITCH.fullmatch(word.text)
            if not found or (switches and int(found[1]) <= switches[-1].at):
                raise word.wrong(
                    "expected NUMBER=WHO, each number larger than the one before, and who is director, "
                    "time, or a thread such as primary1.ipc, primary1.interrupt, primary1.thread1"
                )
            switches.append(Switch(int(found[1]), found[2]))
        return Schedules(line.number, tuple(switches))

    # -- what goes wrong --------------------------------------------------------------------------

    def _of_process(self, line: Line) -> str:
        """Whom a line is about that goes on after a colon."""
        word = line.take()
        return self._cast.living(Word(word.text.rstrip(":"), word.line, word.column))

    def _calls(self, line: Line) -> MeetsCalls:
        if self._scheduled:
            raise line.peek().wrong(_NO_TURNS)
        who = self._of_process(line)
        place = line.peek()
        step = fault_lines.calls(who, line)
        if step.action == "hold":
            self._held.add((who, step.function))
        elif step.action == "release":
            if (who, step.function) not in self._held:
                raise place.wrong(f"no {step.function} of {who} is held by a line before")
            self._held.remove((who, step.function))
        return step

    def _directory(self, line: Line) -> DirectoryIs:
        place = line.peek()
        step = fault_lines.directory(line)
        if (step.state == "as before") == (not self._disturbed):
            raise place.wrong(
                "it is as before" if not self._disturbed else "expected as before in between"
            )
        self._disturbed = step.state != "as before"
        return step

    def _relay(self, line: Line) -> Relays:
        """A rule; those of lines that follow each other are rules of one relay."""
        place = line.peek()
        if self._scheduled:
            raise place.wrong(_NO_TURNS)
        who = self._of_process(line)
        before = self.steps[-1] if self.steps else None
        if who in self._relayed and not (isinstance(before, Relays) and before.who == who):
            raise place.wrong(
                "it has a relay already: write its rules on lines that follow each other"
            )
        self._relayed.add(who)
        rule = line.rest()
        if not rule:
            raise line.peek().wrong("expected a rule, such as drop request ping times 1")
        told = " ".join(each.text for each in rule)
        try:
            parse_rules(told)
        except TextError as error:
            column = rule[0].column + error.column - 1
            raise TextError(line.number, column, error.given, error.allowed) from error
        if isinstance(before, Relays) and before.who == who:
            self.steps.pop()
            return Relays(before.line, who, f"{before.rule}\n{told}")
        return Relays(line.number, who, told)


# What is disturbed, by the first word of a line.
_DISTURBED: dict[str, Callable[[_Reader, Line], Step]] = {
    "relay": _Reader._relay,
    "calls": _Reader._calls,
    "directory": _Reader._directory,
}

_SHORT = {
    "registers": "mp_action_register",
    "unregisters": "mp_action_unregister",
    "releases": "release_action",
    "sends": "mp_sendmsg",
    "requests": "mp_request_sync",
}
