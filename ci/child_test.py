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
    passed_on: list[str] = []
    # It ends once it has signalled us, and has been signalled, or not: we must still be there.
    script = f"kill -{number} {os.getpid()}; exit 3"
    running = subprocess.Popen(["sh", "-c", script])
    assert child.wait(running, lambda: passed_on.append("term")) == 3
    assert passed_on == (["term"] if number == signal.SIGTERM else [])
    assert signal.getsignal(number) == before
