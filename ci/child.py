# SPDX-License-Identifier: BSD-3-Clause
"""Waits for a child that does our work, and lets it end in order when we are interrupted."""

from __future__ import annotations

import signal
import subprocess
from typing import Any, Callable


def wait(child: subprocess.Popen[Any], interrupt: Callable[[], None]) -> int:
    """Its exit status. The terminal sends SIGINT to everybody; SIGTERM comes to us alone: `interrupt`
    passes it on. Neither ends us before the child has ended."""

    def pass_on(number: int, frame: Any) -> None:
        if number == signal.SIGTERM:
            interrupt()

    previous = {s: signal.signal(s, pass_on) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        return child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
