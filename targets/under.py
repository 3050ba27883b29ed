# SPDX-License-Identifier: BSD-3-Clause
"""A tool of the field around the processes of a run: strace, valgrind, or gdb where one hangs or dies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

# Each process of a scene has these in its environment's run: "strace", "valgrind:primary1,secondary2".
VARIABLE = "GAUNTLET_UNDER"

# The command of a tool that is there from the start of a process; its output follows. strace traces from
# a process of its own (-D), and valgrind is the process: ours has the pid that we know in both cases.
_BEGIN = {
    "strace": ("strace", "-D", "-f", "-ttt", "-T", "-y", "-s", "1024", "-o"),
    "valgrind": ("valgrind", "--vgdb=no", "--num-callers=30", "--log-file"),
}

# gdb comes when a process hangs, has died, or an expectation is missed.
TOOLS = (*_BEGIN, "gdb")


@dataclass(frozen=True)
class Under:
    """tool: one of TOOLS.  who: the names of the processes that it is for; none: for all."""

    tool: str
    who: frozenset[str] = frozenset()

    def concerns(self, name: str) -> bool:
        """Whether the tool is for the process of this name."""
        return not self.who or name in self.who

    def begin(self, output: Path) -> tuple[str, ...]:
        """The beginning of a process's command. output: the file that the tool writes."""
        *argv, option = _BEGIN.get(self.tool, ("",))
        if not option:
            return ()
        return (
            (*argv, f"{option}={output}")
            if option.startswith("--")
            else (*argv, option, str(output))
        )

    def __str__(self) -> str:
        return f"{self.tool}:{','.join(sorted(self.who))}" if self.who else self.tool


def parse(text: str) -> Under:
    """What "TOOL" or "TOOL:NAME,NAME" means. ValueError says what is allowed."""
    tool, colon, names = text.partition(":")
    who = frozenset(names.split(",")) if colon else frozenset()
    if tool not in TOOLS or "" in who:
        raise ValueError(f"{text}: say {', '.join(TOOLS)}, or {TOOLS[0]}:primary1,secondary1")
    return Under(tool, who)


def of_environment() -> Under | None:
    """The tool that this run has around its processes; None where it has none."""
    text = os.environ.get(VARIABLE)
    return parse(text) if text else None
