# SPDX-License-Identifier: BSD-3-Clause
"""The first process of a container: runs a command, and ends when nobody else is left.

With the first process end all others. An undo process, which puts back what a run has changed on the
host, must not end before it has done so: it outlives the run also where that is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any


def main(argv: list[str]) -> int:
    """Runs the command; its exit status, 128 and the signal where one has ended it."""
    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _frame: Any) -> None:
        if number == signal.SIGINT and sys.stdin.isatty():
            return  # A terminal sends it to everybody by itself.
        if child is None:
            early.append(number)  # It is just being started.
        else:
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    child = subprocess.Popen(argv, close_fds=False)
    for missed in early:
        child.send_signal(missed)
    status = child.wait()
    _reap_all()
    return status if status >= 0 else 128 - status


def _reap_all() -> None:
    """Waits for all children: those of a process that has ended become children of the first one."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
