# SPDX-License-Identifier: BSD-3-Clause
"""Reads the lines of a scenario about calls that fail, the runtime directory, and deaths at a call."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from conformance.scenario.line import Line
from conformance.scenario.steps import DiesAt, DirectoryIs, MeetsCalls
from faults.call import ERRORS
from faults.fault import Fault
from faults.runtime_dir import Full, Gone, Locked, ReadOnly
from faults.text import Word, nanoseconds, unquoted

ACTIONS = ("fail", "skip", "delay", "hold", "release")

# States of the runtime directory, as they are written: the fault, and what it is made with.
DIRECTORY: dict[str, tuple[type[Fault], dict[str, Any]]] = {
    "full": (Full, {}),
    "full of files": (Full, {"inodes": True}),
    "read-only": (ReadOnly, {}),
    "gone": (Gone, {}),
    "locked": (Locked, {}),
}
STATES = (*DIRECTORY, "as before")

_SYSTEM_CALL = re.compile(r"[a-z][a-z0-9_]*")


def calls(who: str, line: Line) -> MeetsCalls:
    """What follows "calls WHO:". TextError where it cannot be meant."""
    action = line.take()
    if action.text not in ACTIONS:
        raise action.wrong(f"expected {', '.join(ACTIONS)}")
    function = line.take()
    if function.text not in ERRORS:
        raise function.wrong(f"expected one of {', '.join(ERRORS)}")
    error, delay_ns = "", 0
    if action.text == "fail":
        error = _error(function.text, line.take())
    elif action.text == "delay":
        delay_ns = nanoseconds(line.take())
    which = {} if action.text == "release" else _which(line)
    return MeetsCalls(line.number, who, action.text, function.text, error, delay_ns, which)


def _error(function: str, word: Word) -> str:
    if word.text not in ERRORS[function]:
        raise word.wrong(f"{function} fails with {', '.join(ERRORS[function])}")
    return word.text


def _which(line: Line) -> dict[str, Any]:
    """Which of the calls: [nth N] [times N] [thread NAME] [library NAME] [path NAME]."""
    found: dict[str, Any] = {}
    while line.peek().text:
        key = line.take()
        if key.text in found:
            raise key.wrong("expected each of them once")
        if key.text in ("nth", "times"):
            found[key.text] = line.number_from(1)
        elif key.text in ("thread", "library", "path"):
            found[key.text] = unquoted(line.take())
        else:
            raise key.wrong("expected nth N, times N, thread NAME, library NAME or path NAME")
    return found


def directory(line: Line) -> DirectoryIs:
    """What follows "directory". TextError where it cannot be meant."""
    line.keyword("is")
    given = line.peek()
    state = " ".join(word.text for word in line.rest())
    if state not in STATES:
        raise given.wrong(f"expected {', '.join(STATES)}")
    return DirectoryIs(line.number, state)


def dies_at(who: str, line: Line, thread: str) -> DiesAt:
    """What follows "dies at": CALL [N] [in THREAD]. TextError where it cannot be meant. thread: the one
    that is meant where none is named."""
    call = line.take()
    if not _SYSTEM_CALL.fullmatch(call.text):
        near = get_close_matches(call.text, ERRORS)
        raise call.wrong(f"expected a system call, such as {', '.join(near) or 'sendmsg'}")
    nth = line.number_from(1) if line.peek().text.isdigit() else 1
    thread = unquoted(line.take()) if line.comes("in") else thread
    return DiesAt(line.number, who, call.text, nth, thread)
