# SPDX-License-Identifier: BSD-3-Clause
"""A folder for sockets where a run cannot have walls: short of path, and gone with its owner.

As with the hugepages, a warden in a session of its own makes it and takes it away, also after
`kill -9` of the owner.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from types import TracebackType


class Scratch:
    """With-block: the path of an empty folder (a UNIX socket path holds 108 bytes: it is short)."""

    def __enter__(self) -> str:
        self._warden = subprocess.Popen(
            [sys.executable, "-m", "ci.scratch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._warden.stdout is not None
        return self._warden.stdout.readline().strip()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._warden.communicate()  # Closes its stdin: our end, as far as it can tell.


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="g-", dir="/tmp") as folder:
        print(folder, flush=True)
        sys.stdin.read()
