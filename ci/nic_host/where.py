# SPDX-License-Identifier: BSD-3-Clause
"""The folders of the box, all of them below build/: nothing else on the host is written to."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ci.host.say import CannotRun

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "build" / "nic-host"


@contextmanager
def alone(folder: Path, what: str) -> Iterator[None]:
    """A with-block that one process at a time is in; CannotRun for a second one. The kernel takes the
    lock from a process that ends, however it ends."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder.with_name(f"{folder.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"{what} is in use by another process that runs now; wait for its end"
            ) from None
        yield
    finally:
        os.close(lock)
