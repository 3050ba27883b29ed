# SPDX-License-Identifier: BSD-3-Clause
"""What a thread waits for is told by whom it waits for, and a thread that runs waits for nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Callable, TypeVar

import pytest

from faults.deployment import proc
from faults.deployment.memory import Memory
from faults.deployment.waiting import FileLock, Mutex, Other, Send, call_of, wait_of
from targets import threads

Start = Callable[[str, Path], int]
Kind = TypeVar("Kind", Send, Mutex, FileLock, Other)

_PROGRAM = """
import ctypes, fcntl, os, socket, sys, threading
what, path = sys.argv[1:]
libc = ctypes.CDLL(None)
mutex = (ctypes.c_char * 64)()
def locked():
    libc.pthread_mutex_lock(mutex)
if what == "mutex":
    locked()
    threading.Thread(target=locked, daemon=True).start()
if what == "orphan":
    first = threading.Thread(target=locked)
    first.start()
    first.join()
if what == "send":
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
print("ready", flush=True)
if what == "orphan":
    locked()
if what == "send":
    while True:
        ours.sendmsg([b"hello"], [], 0, path)
if what == "flock":
    fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)
if what == "spin":
    while True:
        pass
sys.stdin.read()
"""


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Start:
    """Starts the program, which waits for this then, and returns its pid."""

    def started(what: str, path: Path) -> int:
        command = [sys.executable, "-c", _PROGRAM, what, str(path)]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def end() -> None:
            child.kill()
            child.communicate()

        request.addfinalizer(end)
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        return child.pid

    return started


def _wait(pid: int, tid: int, kind: type[Kind]) -> Kind:
    """What a thread waits for, once that is of this kind; the test's own time limit ends it."""
    with Memory(pid) as memory:
        while True:
            wait = wait_of(pid, tid, memory, "/nowhere")
            if isinstance(wait, kind):
                return wait


def test_sender_waits_for_room(start: Start, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as full:
        full.bind(str(tmp_path / "full"))
        pid = start("send", tmp_path / "full")
        assert _wait(pid, pid, Send) == Send(str(tmp_path / "full"), b"hello")


def test_mutex_and_its_owner(start: Start, tmp_path: Path) -> None:
    pid = start("mutex", tmp_path)
    while len(found := set(threads.names(pid)) - {pid}) != 1:
        pass
    (other,) = found
    mutex = _wait(pid, other, Mutex)
    assert mutex.owner == pid


def test_mutex_whose_owner_has_ended(start: Start, tmp_path: Path) -> None:
    pid = start("orphan", tmp_path)
    while set(threads.names(pid)) != {pid}:
        pass  # Its thread ends by itself.
    mutex = _wait(pid, pid, Mutex)
    assert mutex.owner is None


def test_file_lock_and_its_holders(start: Start, tmp_path: Path) -> None:
    first = start("flock", tmp_path)
    with Memory(first) as memory:
        while "read" not in str(wait_of(first, first, memory, "/nowhere")):
            pass
    second = start("flock", tmp_path)
    assert _wait(second, second, FileLock) == FileLock(str(tmp_path), (first,))


def test_thread_that_runs_waits_for_nothing(start: Start, tmp_path: Path) -> None:
    pid = start("spin", tmp_path)
    with Memory(pid) as memory:
        while wait_of(pid, pid, memory, "/nowhere") is not None:
            pass
    assert call_of("running", "0") is None


def test_thread_that_only_reads_waits_for_something_else(start: Start, tmp_path: Path) -> None:
    pid = start("nothing", tmp_path)
    assert _wait(pid, pid, Other).where


def test_thread_that_is_gone_waits_for_nothing() -> None:
    with Memory(os.getpid()) as memory:
        assert wait_of(os.getpid(), 2**22 + 1, memory, "/nowhere") is None


def test_only_holders_of_this_file_are_told() -> None:
    table = (
        "1: FLOCK  ADVISORY  READ 11 00:1d:7 0 EOF\n"
        "1: -> FLOCK  ADVISORY  WRITE 12 00:1d:7 0 EOF\n"
        "2: POSIX  ADVISORY  WRITE 13 00:1d:8 0 EOF\n"
    )
    assert proc.holders_of(table, "00:1d:7") == (11,)
    assert proc.holders_of(table, "00:1d:9") == ()
