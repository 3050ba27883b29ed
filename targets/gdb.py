# SPDX-License-Identifier: BSD-3-Clause
"""The stack of every thread with its arguments and local variables, as gdb tells it."""

from __future__ import annotations

from pathlib import Path

from targets import stacks

# Of a process with many threads and much state; a hung gdb must not hang us.
LIMIT_S = 120


def of_process(pid: int) -> str:
    """The stacks of a living process (host pid), which stands still meanwhile."""
    return _gdb("-iex", f"set sysroot /proc/{pid}/root", "-p", str(pid))


def of_core(core: Path, binary: Path, root: Path | None) -> str:
    """The stacks in a core. root: the folder that the process had in place of /, None: ours."""
    sysroot = ["-iex", f"set sysroot {root}"] if root else []
    return _gdb(*sysroot, str(binary), "-c", str(core))


def _gdb(*arguments: str) -> str:
    argv = ["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off"]
    argv += ["-iex", "set auto-load off", "-ex", "thread apply all backtrace full", *arguments]
    return stacks.said(argv, "gdb", LIMIT_S)
