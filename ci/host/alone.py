# SPDX-License-Identifier: BSD-3-Clause
"""Lets one command at a time write into a folder of a checkout."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ci.host.say import CannotRun


@contextmanager
def alone(command: str, folder: Path) -> Iterator[None]:
    """A with-block that one process at a time is in. CannotRun where another one is. The kernel ends it,
    too, where the process is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotRun(
                f"another {command} runs in this checkout, and both would write {folder}: wait for its "
                "end, or use another checkout"
            ) from error
        yield
