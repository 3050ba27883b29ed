# SPDX-License-Identifier: BSD-3-Clause
"""Empty folders: for a run's reports; and, where a run cannot have namespaces, for sockets."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from ci.host.undo import UndoProcess


def empty(folder: Path) -> None:
    """Makes a folder, or empties the one that is there: it may be a mount point, which cannot be made
    anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in folder.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()


class Scratch:
    """With-block: the path of an empty folder (a UNIX socket path holds 108 bytes: it is short), which is
    gone with its owner."""

    def __enter__(self) -> str:
        self._undo = UndoProcess("ci.host.scratch")
        return self._undo.said

    def __exit__(self, *_: object) -> None:
        self._undo.undo()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="g-", dir="/tmp") as folder:
        print(folder, flush=True)
        sys.stdin.read()
