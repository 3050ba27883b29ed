# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the first process of a container passes signals on, and waits for whoever is left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Orphans become children of this process, as in a PID namespace they become those of the first one.
ADOPT = """
import ctypes, sys
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
from ci.host import first_process
sys.exit(first_process.main(sys.argv[1:]))
"""


def _first(*argv: str, keep: tuple[int, ...] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ADOPT, *argv],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=keep,
    )


def _said(first: subprocess.Popen[str]) -> str:
    assert first.stdout is not None
    return first.stdout.readline().strip()


def _parent(pid: str) -> int:
    found = re.search(r"^PPid:\s*(\d+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("script, status", [("exit 3", 3), ("kill -KILL $$", 128 + 9)])
def test_status_is_that_of_the_command(script: str, status: int) -> None:
    assert _first("sh", "-c", script).wait() == status


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_is_passed_on(number: signal.Signals) -> None:
    end, keep = os.pipe()  # Nothing ever comes out of it: the command waits for the signal.
    script = f"trap 'exit 7' {number.value}; echo ready; read -r line <&{end}"
    first = _first("bash", "-c", script, keep=(end,))
    assert _said(first) == "ready"
    first.send_signal(number)
    assert first.wait() == 7
    os.close(end)
    os.close(keep)


def test_orphan_is_waited_for() -> None:
    end, keep = os.pipe()
    orphan = f"echo $$; read -r line <&{end}; echo undone"
    first = _first("bash", "-c", f"setsid bash -c '{orphan}' & kill -KILL $$", keep=(end,))
    os.close(end)
    pid = _said(first)
    while _parent(pid) != first.pid:  # Until then the command itself lives.
        pass
    assert first.poll() is None
    os.close(keep)
    assert _said(first) == "undone"
    assert first.wait() == 128 + 9
