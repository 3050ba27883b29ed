# SPDX-License-Identifier: BSD-3-Clause
"""Proves that whoever waits for a child passes SIGTERM on, survives SIGINT, and is himself again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ci.host import child

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_is_the_childs_affair(number: int) -> None:
    before = signal.getsignal(number)
    passed_on: list[int] = []
    argv = ["sh", "-c", f"kill -{number} {os.getpid()}; read _; exit 3"]

    def interrupt(running: child.Child) -> None:
        passed_on.append(running.pid)

    assert child.run(argv, interrupt, stdin=subprocess.DEVNULL) == 3
    assert len(passed_on) == (number == signal.SIGTERM)
    assert signal.getsignal(number) == before


def test_child_of_who_is_killed_dies() -> None:
    argv = ["sh", "-c", "echo started; exec sleep 1000"]
    program = f"from ci.host import child; child.run({argv!r}, child.Child.terminate)"
    ours = [sys.executable, "-c", program]
    with subprocess.Popen(ours, cwd=ROOT, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"started\n"
        running.kill()
        # Whoever still had our pipe open would keep it from ending.
        assert running.communicate(timeout=10)[0] == b""
