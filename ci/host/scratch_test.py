# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a folder is emptied in its place, and that the scratch folder goes with its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from ci.host import scratch
from ci.host.scratch import Scratch

ROOT = Path(__file__).resolve().parents[2]

OWNER = """
import sys
from ci.host.scratch import Scratch
scratch = Scratch()
print(scratch.__enter__(), scratch._undo.pid, flush=True)
sys.stdin.read()
"""


def test_folder_is_emptied_where_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "report"
    scratch.empty(folder)
    (folder / "scenes" / "one").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path)
    (folder / "report.json").write_text("{}")
    inode = folder.stat().st_ino
    scratch.empty(folder)
    assert (list(folder.iterdir()), folder.stat().st_ino) == ([], inode)
    assert tmp_path.is_dir()


def test_gone_after_use() -> None:
    with Scratch() as folder:
        Path(folder, "file").write_text("x")
        assert len(folder) < 20
    assert not os.path.exists(folder)


def test_gone_after_a_killed_owner() -> None:
    argv = [sys.executable, "-c", OWNER]
    pipe = subprocess.PIPE
    owner = subprocess.Popen(argv, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    assert owner.stdout is not None
    folder, undoer = owner.stdout.readline().split()
    assert os.path.exists(folder)
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    there = [psutil.Process(int(undoer))] if psutil.pid_exists(int(undoer)) else []
    assert psutil.wait_procs(there, 10)[1] == []
    assert not os.path.exists(folder)
