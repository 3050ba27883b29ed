# SPDX-License-Identifier: BSD-3-Clause
"""Builds a scenario's C file by a plain compiler, and runs it apart from everything else."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

# In a mount namespace of its own, so that nobody else sees its hugepages and its runtime directory.
APART = """
set -e
mount -t tmpfs none /var/run
mkdir -p /var/run/huge
mount -t hugetlbfs none /var/run/huge
sh -c "$WRAP" sh "$@" > said 2> errors && status=0 || status=$?
ls /var/run/dpdk /var/run/huge > left
exit $status
"""

#: The list of what a program has left that has left nothing.
NOTHING = "/var/run/dpdk:\n\n/var/run/huge:\n"


def build(text: str, folder: Path, *flags: str) -> Path:
    """The program, built as the head of its file says. AssertionError where a compiler complains."""
    (folder / "scenario.c").write_text(text, encoding="utf-8")
    dpdk = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libdpdk"], capture_output=True, text=True, check=True
    ).stdout.split()
    strict = ["-Wall", "-Wextra", "-Werror", *flags]
    command = ["cc", *strict, "-o", "scenario", "scenario.c", *dpdk, "-pthread"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "scenario"


def run(text: str, folder: Path, *flags: str, wrap: str = '"$@"') -> tuple[int, str]:
    """The exit status and the output of the program. AssertionError where it leaves something behind.

    wrap: the shell command that runs it.
    """
    program = build(text, folder, *flags)
    argv = ["unshare", "-m", "sh", "-c", APART, "sh", str(program)]
    done = subprocess.run(argv, cwd=folder, env={**os.environ, "WRAP": wrap})
    said = (folder / "said").read_text(encoding="utf-8")
    errors = (folder / "errors").read_text(encoding="utf-8", errors="replace")
    assert (folder / "left").read_text() == NOTHING, said + errors
    return done.returncode, said


def main(file: Path, said: Path) -> int:
    """Builds and runs a C file, and writes what it said: its exit status, 2 where a compiler complains or
    the program leaves something behind."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            status, text = run(file.read_text(encoding="utf-8"), Path(folder))
        except AssertionError as error:
            status, text = 2, str(error)
    said.write_text(text, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
