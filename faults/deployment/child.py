# SPDX-License-Identifier: BSD-3-Clause
"""A child of ours that traces: it tells what it sees line by line, and ends with us whatever happens."""

from __future__ import annotations

import ctypes
import json
import os
import signal
from typing import Any, Callable

_PR_SET_PDEATHSIG = 1

Say = Callable[..., None]


class Child:
    """`work(say, told_to_go_on)` runs in it; keys that it says are a line. The first is "ready", or
    "cannot" with a reason.

    told_to_go_on: waits until the owner says so.
    """

    def __init__(self, work: Callable[[Say, Callable[[], None]], None]) -> None:
        ours, theirs = os.pipe()
        hears, tells = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(ours)
                os.close(tells)
                _work(work, theirs, hears)
            finally:
                os._exit(0)
        os.close(theirs)
        os.close(hears)
        self._tells = tells
        self._lines = os.fdopen(ours, "rb")
        self.first = self.next()

    def fileno(self) -> int:
        """Readable once there is a line for `next`."""
        return self._lines.fileno()

    def next(self) -> dict[str, Any]:
        """The next report of the child; {"over": True} once the child has ended."""
        line = self._lines.readline()
        said: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {"over": True}
        return said

    def go_on(self) -> None:
        """Ends one `told_to_go_on`."""
        os.write(self._tells, b"!")

    def close(self) -> None:
        """Ends it; the kernel lets all that it traced run on."""
        os.kill(
            self._pid, signal.SIGKILL
        )  # Our own child: its pid is its own until we wait for it.
        os.waitpid(self._pid, 0)
        self._lines.close()
        os.close(self._tells)


def _work(work: Callable[[Say, Callable[[], None]], None], pipe: int, hears: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:
        return  # The owner was faster.

    def say(**what: Any) -> None:
        os.write(pipe, json.dumps(what).encode() + b"\n")

    try:
        work(say, lambda: void(os.read(hears, 1)))
    except OSError as error:
        say(cannot=f"it cannot be traced: {error.strerror}; root may, unless forbidden")


def void(_: object) -> None:
    """Returns None, whatever it is given."""
