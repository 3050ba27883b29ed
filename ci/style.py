# SPDX-License-Identifier: BSD-3-Clause
"""Format, lint and types: every tool of the house, over every file that git knows."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from ci.host.build import BUILD
from ci.host.say import CannotRun, step
from ci.tidy import Tidy

ROOT = Path(__file__).resolve().parent.parent


# Clauses read as prose: their signatures are pytest's.
PROSE = [
    "--allow-untyped-defs",
    "--allow-incomplete-defs",
    "--allow-untyped-calls",
    "--allow-any-generics",
    "--no-warn-return-any",
    "--no-warn-unused-ignores",
]


def files() -> list[str]:
    """The files that git tracks, or would track, relative to the root."""
    argv = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    # A clone may belong to another user than the one who runs this.
    safe = {**os.environ, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
    safe["GIT_CONFIG_VALUE_0"] = str(ROOT)
    done = subprocess.run(argv, cwd=ROOT, env=safe, capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotRun(f"git ls-files failed: {done.stderr.strip()}; style needs a git checkout")
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def is_shell(name: str) -> bool:
    """True if a file is a shell script, by its name or first line."""
    with (ROOT / name).open("rb") as file:
        return name.endswith(".sh") or b"bash" in file.readline(40)


def commands(known: list[str]) -> list[tuple[str, list[str]]]:
    """Each tool but clang-tidy, with its whole command line."""
    python = [name for name in known if name.endswith(".py")]
    clauses = [name for name in python if Path(name).name.startswith("test_")]
    cpp = [name for name in known if name.endswith((".cpp", ".hpp"))]
    shell = [name for name in known if "." not in Path(name).name or name.endswith(".sh")]
    shell = [name for name in shell if is_shell(name)]
    return [
        ("black", ["/usr/bin/black", "--check", "-q", "--diff", *python]),
        ("flake8", ["/usr/bin/flake8", *python]),
        ("mypy", ["/usr/bin/mypy", *[name for name in python if name not in clauses]]),
        ("mypy of clauses", ["/usr/bin/mypy", *PROSE, *clauses]),
        ("prose", ["/usr/bin/python3", "-m", "ci.prose", *python]),
        ("shellcheck", ["shellcheck", "-x", *shell]),
        ("clang-format", ["clang-format", "--dry-run", "-Werror", *cpp]),
    ]


def _run(command: tuple[str, list[str]]) -> tuple[str, int, str]:
    name, argv = command
    done = subprocess.run(
        argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return name, done.returncode, done.stdout


def check(me: str) -> bool:
    """True if every tool is content. Prints the complaints of the others."""
    known = files()
    # Unit tests are macros for the most part, and each costs as much time as all the rest.
    sources = [name for name in known if name.endswith(".cpp") and not name.endswith("_test.cpp")]
    tidy = Tidy(ROOT, BUILD, sources)
    stale = len(tidy.stale())
    step(me, f"clang-tidy: {stale} of {len(sources)} sources have changed since they were clean")
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = complaints(pool, commands(known))
        found |= {f"clang-tidy {name}": said for name, said in tidy.complaints(pool).items()}
    for name, said in found.items():
        step(me, f"{name} complains:\n{said}")
    return not found


def complaints(pool: Executor, tools: list[tuple[str, list[str]]]) -> dict[str, str]:
    """The complaints of each tool, by the tool's name."""
    return {name: said for name, status, said in pool.map(_run, tools) if status != 0}
