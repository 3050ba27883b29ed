# SPDX-License-Identifier: BSD-3-Clause
"""Runs one command in the namespaces of a run, and lets Ctrl-C and SIGTERM end it in order."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Mapping

from ci.host import child
from ci.host import namespaces
from ci.host.hugepages import Reservation
from ci.host.say import step
from ci.host.scratch import Scratch
from targets import host_network
from targets.isolation import PAGES_PER_SCENE

# As many scenes as this run at once: each waits more than it computes.
PARALLEL = 3 * (os.cpu_count() or 1)


def run(
    command: str,
    argv: list[str],
    *,
    interactive: bool = False,
    more: Mapping[str, str] | None = None,
) -> int:
    """Exit status of `argv`, run with hugepages for PARALLEL scenes and inside namespaces.

    interactive: it gets our standard input, and Debian's own programs before others on PATH.
    more: of its environment, beside ours.
    """
    prefix, why_none = namespaces.prefix()
    if why_none:
        step(command, f"{why_none}: only clauses that need no real secondary can be run")
        with Scratch() as scratch:
            return _run(argv, {**(more or {}), "GAUNTLET_SCRATCH": scratch}, interactive)
    # One scene more: the pages of one that has just ended come back a moment later.
    with Reservation((PARALLEL + 1) * PAGES_PER_SCENE) as reservation:
        if reservation.lacking:
            step(command, reservation.lacking)
        with open("/proc/self/ns/net") as network:
            # The first process in there is a shell, which keeps what it was given open.
            there = {host_network.VARIABLE: f"/proc/1/fd/{network.fileno()}"}
            inside = {**there, **(more or {})}
            return _run([*prefix, *argv], inside, interactive, (network.fileno(),))


def _run(
    argv: list[str], more: dict[str, str], interactive: bool, fds: tuple[int, ...] = ()
) -> int:
    environment = {**os.environ, **more}
    if interactive:
        environment["PATH"] = f"/usr/bin:{environment.get('PATH', '')}"
    root = Path(__file__).resolve().parents[2]
    stdin = None if interactive else subprocess.DEVNULL
    return child.run(
        argv, _interrupt_innermost, cwd=root, env=environment, stdin=stdin, pass_fds=fds
    )


def _interrupt_innermost(running: child.Child) -> None:
    """SIGINT to the command itself: in its namespaces it is the only child's only child."""
    pid = running.pid
    for _ in range(2):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        pid = int(children[0]) if children else pid
    os.kill(pid, signal.SIGINT)
