# SPDX-License-Identifier: BSD-3-Clause
"""The console of faults/attack: what it prints and asks, and the ways in which it ends."""

from __future__ import annotations

import re
import signal
import sys
from typing import Any, Iterable

ME = "faults/attack"

DONE, DID_NOT_BITE, COULD_NOT = 0, 1, 2


class CannotAttack(Exception):
    """The attack cannot be made, and nothing has changed. One clear line: what was found, what to do."""


class Interrupted(BaseException):
    """Ctrl-C, SIGTERM or SIGHUP: the way out."""


def let_signals_interrupt() -> None:
    """Makes SIGINT, SIGTERM and SIGHUP raise Interrupted, once: the way out is not to be interrupted."""

    def interrupt(_number: int, _frame: Any) -> None:
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    for number in _ENDS:
        signal.signal(number, interrupt)


_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def line(text: str) -> None:
    """Prints a line about what happens."""
    print(text, flush=True)


def consent(plan: Iterable[str], yes: bool) -> None:
    """Says what will be done and waits for a y; CannotAttack without one."""
    for text in plan:
        line(text)
    if yes:
        return
    if not sys.stdin.isatty():
        raise CannotAttack("standard input is no terminal that could be asked: say --yes")
    print("Go on? [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CannotAttack("nothing was done")


_UNITS = {"": 1.0, "s": 1.0, "ms": 1e-3, "m": 60.0, "min": 60.0, "h": 3600.0}


def duration_s(text: str) -> float:
    """Seconds from "5", "1.5s", "200ms", "2m"; ValueError for what is none."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]*)", text)
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"{text!r} is no duration: 5, 1.5s, 200ms, 2m")
    return float(found[1]) * _UNITS[found[2]]
