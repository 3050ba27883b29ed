# SPDX-License-Identifier: BSD-3-Clause
"""A process beside the attacker that undoes what it has done, should it be killed.

It is told of each thing before that is done, and of each that has been undone. When its pipe ends, what
is left on its list is undone, the last first. It has its own session, so that a signal to the attacker's
process group or terminal does not reach it.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import contextmanager
from typing import Any, Generator

from faults.deployment import proc
from faults.deployment.entered import Entered


def undo(what: dict[str, Any]) -> None:
    """Undoes a thing on the list, if it is still to be undone."""
    kind = what["kind"]
    if kind == "continue":
        if proc.started(what["pid"]) == what["started"]:
            os.kill(what["pid"], signal.SIGCONT)
    elif kind == "unlink":
        if os.path.lexists(what["path"]):
            os.unlink(what["path"])
    else:
        raise ValueError(f"the undo process does not know how to undo {kind!r}")


class UndoProcess:
    """Started before anything is done, and before this process has threads of its own that matter."""

    def __init__(self, entered: Entered) -> None:
        self._next = 1
        ours, theirs = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(theirs)
                _watch(entered, ours)
            finally:
                os._exit(0)
        os.close(ours)
        self._pipe = theirs

    def remember(self, **what: Any) -> int:
        """Something is about to be done; its number, to forget it by."""
        number = self._next
        self._next += 1
        self._say({"number": number, "undo": what})
        return number

    def forget(self, number: int) -> None:
        """Takes a thing off the list: it has been undone."""
        self._say({"number": number})

    def _say(self, what: dict[str, Any]) -> None:
        os.write(self._pipe, json.dumps(what).encode() + b"\n")

    @contextmanager
    def guard(self, **what: Any) -> Generator[None, None, None]:
        """For as long as the block lasts, which undoes it by itself."""
        number = self.remember(**what)
        try:
            yield
        finally:
            self.forget(number)

    def close(self) -> None:
        """Ends it, and waits until it has undone what is left."""
        os.close(self._pipe)
        os.waitpid(self.pid, 0)


def _watch(entered: Entered, pipe: int) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    # Whoever reads what the attacker says must see its end when that ends.
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1):
        os.dup2(nothing, fd)
    left: dict[int, dict[str, Any]] = {}
    with os.fdopen(pipe, "rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                said = json.loads(line)
                if "undo" in said:
                    left[said["number"]] = said["undo"]
                else:
                    left.pop(said["number"], None)
    inside = False
    # Processes first: their pids are those that we see, before we enter.
    todo = list(reversed(list(left.values())))
    for what in [
        *(one for one in todo if _of_process(one)),
        *(o for o in todo if not _of_process(o)),
    ]:
        if not _of_process(what) and not inside:
            entered.enter()
            inside = True
        try:
            undo(what)
        except OSError:
            continue  # The rest must be undone all the same.


def _of_process(what: dict[str, Any]) -> bool:
    return bool(what["kind"] == "continue")
