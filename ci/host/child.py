# SPDX-License-Identifier: BSD-3-Clause
"""Runs a child that does our work, and lets it end in order when we are interrupted."""

from __future__ import annotations

import signal
import subprocess
from typing import Any, Callable

from targets.isolation import call

PR_SET_PDEATHSIG = 1

Child = subprocess.Popen[Any]


def run(argv: list[str], interrupt: Callable[[Child], None], **options: Any) -> int:
    """Runs a command and returns its exit status. The terminal sends SIGINT to everybody; SIGTERM comes
    to us alone, and `interrupt` passes it on. Neither ends us before the child has ended; SIGKILL does,
    and ends the child as well. options: of subprocess.Popen."""
    child: Child | None = None
    early = False

    def pass_on(number: int, frame: Any) -> None:
        nonlocal early
        if number != signal.SIGTERM:
            return
        if child is None:
            early = True  # It is just being started.
        else:
            interrupt(child)

    previous = {s: signal.signal(s, pass_on) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        child = subprocess.Popen(argv, preexec_fn=die_with_us, **options)
        if early:
            interrupt(child)
        return child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def die_with_us() -> None:
    """For the beginning of a child: it is killed when the thread that has started it ends."""
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
