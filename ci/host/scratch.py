# SPDX-License-Identifier: BSD-3-Clause
"""A folder for sockets where a run cannot have namespaces: short of path, and gone with its owner."""

from __future__ import annotations

import sys
import tempfile

from ci.host.undo import UndoProcess


class Scratch:
    """With-block: the path of an empty folder (a UNIX socket path holds 108 bytes: it is short)."""

    def __enter__(self) -> str:
        self._undo = UndoProcess("ci.host.scratch")
        return self._undo.said

    def __exit__(self, *_: object) -> None:
        self._undo.undo()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="g-", dir="/tmp") as folder:
        print(folder, flush=True)
        sys.stdin.read()
