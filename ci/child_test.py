# SPDX-License-Identifier: BSD-3-Clause
"""Proves that whoever waits for a child passes SIGTERM on, survives SIGINT, and is himself again."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from ci import child


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
