# SPDX-License-Identifier: BSD-3-Clause
"""Busy loops beside a run, so that it has to share the CPUs."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import Iterator

from ci.host.child import die_with_us


@contextmanager
def loops(count: int) -> Iterator[list[int]]:
    """Starts so many processes that compute until the with-block ends, or we do; gives their pids."""
    running = []
    try:
        for _ in range(count):
            argv = [sys.executable, "-c", "while True: pass"]
            running.append(subprocess.Popen(argv, preexec_fn=die_with_us))
        yield [one.pid for one in running]
    finally:
        for one in running:
            one.kill()
        for one in running:
            one.wait()
