# SPDX-License-Identifier: BSD-3-Clause
"""Proves that one process at a time uses a port that there is only once."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.conftest import alone

ROOT = Path(__file__).resolve().parents[1]

HOLDER = """
import sys
from pathlib import Path
from conformance.conftest import alone
with alone(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_waits_for_the_end_of_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "vendor"
    lock.touch(mode=0o444)
    argv = [sys.executable, "-c", HOLDER, str(lock)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "in\n"
        with lock.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        first.kill()
        with alone(lock):
            assert first.wait() != 0
