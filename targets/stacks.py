# SPDX-License-Identifier: BSD-3-Clause
"""The stack of every thread: of a process that hangs, or of one that left a core."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from targets import threads


# "#0  0x00007fe60f01188b rte_mp_disable - librte_eal.so.23"; stripped libraries have few names, and the
# library is told only where it was asked for.
_FRAME = re.compile(r"#\d+ +0x([0-9a-f]+)(?: (?!- )(\S+))?(?: - (\S+))?$", re.MULTILINE)
_THREAD = re.compile(r"^TID (\d+):$", re.MULTILINE)

# So many frames say where a process died.
_MOST_FRAMES = 6


@dataclass(frozen=True)
class Frame:
    """name: of the function, "" where it has none.  module: its library or program, "" if untold."""

    address: int
    name: str
    module: str


def frames(told: str, tid: int) -> list[Frame] | None:
    """The stack of a thread in what eu-stack says, the innermost first; None if it says nothing of it."""
    _, begun, rest = told.partition(f"TID {tid}:\n")
    if not begun:
        return None
    found = _FRAME.findall(rest.partition("TID ")[0])
    return [Frame(int(address, 16), name, module) for address, name, module in found]


def said(argv: list[str], package: str, limit_s: float) -> str:
    """What a program of this Debian package says of stacks, or a line that says why it says none."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=limit_s,
        )
    except FileNotFoundError:
        return f"{argv[0]} is not installed (Debian package {package}): no stacks\n"
    except subprocess.TimeoutExpired:
        return f"{argv[0]} did not finish in {limit_s} s: no stacks\n"
    return done.stdout


def _eu_stack(*arguments: str) -> str:
    return said(["eu-stack", "--raw", *arguments], "elfutils", 20)


def _threads(pid: int) -> str:
    """Name, state and kernel wait channel of each thread, which need no debugger."""
    lines = []
    for thread in sorted(threads.names(pid)):
        task = Path(f"/proc/{pid}/task/{thread}")
        try:
            state = (task / "stat").read_text().rpartition(")")[2].split()[0]
            wchan = (task / "wchan").read_text() or "-"
            lines.append(f"{task.name} {(task / 'comm').read_text().strip()} {state} {wchan}")
        except OSError:
            continue  # The thread ended meanwhile.
    return "tid, name, state, kernel wait channel:\n" + "\n".join(lines) + "\n\n"


def of_process(pid: int) -> str:
    """Stacks of all threads of a living process (host pid)."""
    return _threads(pid) + raw(pid)


def raw(pid: int) -> str:
    """What eu-stack says of a living process (host pid); it holds the process while it reads."""
    return _eu_stack("-p", str(pid))


def calls(pid: int, tid: int) -> list[str]:
    """DPDK's public functions that a thread of a process is in (host ids), the outermost first."""
    return public_functions(raw(pid), tid)


def public_functions(told: str, tid: int) -> list[str]:
    """The calls of exported functions in the output of eu-stack."""
    names = [frame.name for frame in frames(told, tid) or []]
    return [name for name in reversed(names) if name.startswith("rte_")]


def of_core(core: Path, binary: Path) -> str:
    """Backtraces of all threads in a core file of `binary`, the one that died first; with the library of
    each frame, which has a name where its function has none."""
    return _eu_stack("--module", "--core", str(core), "--executable", str(binary))


def innermost(told: str, program: str) -> list[str]:
    """The frames of the thread that died, in what of_core() says, the innermost first: "function in
    library", down to the first one of our program or of the thread's begin."""
    first = _THREAD.search(told)
    died = frames(told, int(first[1])) or [] if first else []
    ends = (program, "start_thread")
    theirs = list(takewhile(lambda one: not {one.name, one.module} & set(ends), died)) or died[:1]
    return [f"{one.name or '?'} in {Path(one.module).name}" for one in theirs[:_MOST_FRAMES]]
