# SPDX-License-Identifier: BSD-3-Clause
"""The undo process: changes something on the host, and takes that back after our end, however we end.

It has a session of its own, so that a signal to our process group or terminal does not reach it, and it
waits for the end of its standard input: so all is undone also after `kill -9` of its owner.
"""

from __future__ import annotations

import subprocess
import sys


class UndoProcess:
    """Runs a module of ours, which makes the change, prints one line about it, reads its standard input
    to the end, and undoes it. said: that line."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self.said = self._process.stdout.readline().strip()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def undo(self) -> None:
        """Has the change undone, and waits for that."""
        self._process.communicate()  # Closes its standard input: our end, as far as it can tell.
