# SPDX-License-Identifier: BSD-3-Clause
"""What a thread of a process that is not ours waits for: whom it sends to, whose mutex it wants, whose
reply it expects, whose file lock is in its way.

The kernel tells the system call that a thread is in, with its arguments; what they point to is read from
the process's memory. Nothing is stopped.
"""

from __future__ import annotations

import os
import platform
import struct
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from faults.deployment import proc
from faults.deployment.memory import Memory
from targets import threads

# Source: Linux, the tables of system calls of each architecture.
_CALLS = {
    "x86_64": {46: "sendmsg", 47: "recvmsg", 72: "fcntl", 73: "flock", 202: "futex"},
    "aarch64": {211: "sendmsg", 212: "recvmsg", 25: "fcntl", 32: "flock", 98: "futex"},
}
_RESTART = {"x86_64": 219, "aarch64": 128}  # A wait that goes on after a stop.

_FUTEX_WAIT, _FUTEX_WAIT_BITSET, _REALTIME = 0, 9, 256
_CONTENDED = 2  # The word of a glibc mutex for which somebody waits.

_USERS = 1 << 16  # More than any process has threads.

_HEADER = struct.Struct("=QI4xQQ")  # struct msghdr: name, its length, vector, its length.
_VECTOR = struct.Struct("=QQ")
_MOST = 4096  # No datagram of IPC is longer.


@dataclass(frozen=True)
class Send:
    """The thread waits for room in the queue of the socket at `to`, for this datagram."""

    to: str
    data: bytes


@dataclass(frozen=True)
class Mutex:
    """The thread waits for a mutex. owner: the thread that has it (its id as we see it), None if that one
    has ended."""

    address: int
    owner: int | None


@dataclass(frozen=True)
class Reply:
    """The thread waits in rte_mp_request_sync for the reply of the socket at `to`. left_s: seconds until
    its timeout."""

    to: str
    name: str
    left_s: float | None


@dataclass(frozen=True)
class FileLock:
    """The thread waits for the lock of a file. holders: pids that have it."""

    path: str
    holders: tuple[int, ...]


@dataclass(frozen=True)
class Other:
    """The thread waits for something else. where: the kernel function.  left_s: until the timeout, if it
    is a timed wait for another thread."""

    where: str
    left_s: float | None = None


Wait = Send | Mutex | Reply | FileLock | Other


@dataclass(frozen=True)
class Call:
    """A system call that a thread is in, and its arguments."""

    name: str
    arguments: tuple[int, ...]


def call_of(text: str, wchan: str) -> Call | None:
    """What /proc/PID/task/TID/syscall says; None for a thread that runs."""
    words = text.split()
    if len(words) < 7:
        return None
    number, *arguments = (int(word, 0) for word in words[:7])
    machine = platform.machine()
    name = _CALLS.get(machine, {}).get(number, "")
    if number == _RESTART.get(machine) and wchan.startswith("futex"):
        name = "futex"
    return Call(name, tuple(arguments))


def wait_of(pid: int, tid: int, memory: Memory, runtime: str) -> Wait | None:
    """What this thread waits for; None if it runs, or has ended."""
    task = Path(f"/proc/{pid}/task/{tid}")
    try:
        wchan = (task / "wchan").read_text()
        call = call_of((task / "syscall").read_text(), wchan)
    except OSError:
        return None
    if call is None:
        return None
    if call.name == "sendmsg" and "unix_wait_for_peer" in wchan:
        return _sent(memory, call.arguments[1]) or Other(wchan)
    if call.name == "futex":
        return _futex(pid, memory, call.arguments, runtime, wchan)
    if call.name in ("flock", "fcntl") and "lock" in wchan:
        return _file_lock(pid, call.arguments[0]) or Other(wchan)
    return Other(wchan)


def _sent(memory: Memory, header_at: int) -> Send | None:
    raw = memory.read(header_at, _HEADER.size)
    if raw is None:
        return None
    name_at, name_size, vector_at, _ = _HEADER.unpack(raw)
    address = memory.read(name_at, name_size) if 2 < name_size <= 110 else None
    vector = memory.read(vector_at, _VECTOR.size)
    if address is None or vector is None:
        return None
    base, size = _VECTOR.unpack(vector)
    to = address[2:].partition(b"\0")[0].decode(errors="replace")
    return Send(to, memory.read(base, min(size, _MOST)) or b"")


# -- futexes ----------------------------------------------------------------------------------------


def _futex(pid: int, memory: Memory, arguments: tuple[int, ...], runtime: str, wchan: str) -> Wait:
    address, operation, value, timeout_at = arguments[:4]
    if operation & 127 == _FUTEX_WAIT and value == _CONTENDED:
        mutex = _mutex(pid, memory, address)
        if mutex is not None:
            return mutex
    left_s = None
    if operation & 127 == _FUTEX_WAIT_BITSET and timeout_at:
        clock = time.CLOCK_REALTIME if operation & _REALTIME else time.CLOCK_MONOTONIC
        left_s = _left_s(memory, timeout_at, clock)
        reply = _reply(memory, address, runtime)
        if reply is not None:
            return Reply(*reply, left_s)
    return Other(wchan, left_s)


def _left_s(memory: Memory, at: int, clock: int) -> float | None:
    raw = memory.read(at, 16)
    if raw is None:
        return None
    seconds, nanoseconds = struct.unpack("=qq", raw)
    return float(seconds) + float(nanoseconds) / 1e9 - time.clock_gettime(clock)


def _mutex(pid: int, memory: Memory, address: int) -> Mutex | None:
    """A glibc mutex: its word, a count, the owner's thread id, its users. Other locks have no owner."""
    raw = memory.read(address, 20)
    if raw is None:
        return None
    word, _, owner, users, kind = struct.unpack("=iIiIi", raw)
    # Who waits for a condition of the mutex is still one of its users.
    if word != _CONTENDED or owner <= 0 or not 1 <= users < _USERS or not 0 <= kind < 4:
        return None
    return Mutex(address, inner_threads(pid).get(owner))


def inner_threads(pid: int) -> dict[int, int]:
    """Each thread's id as we see it, by its id in the process's own PID namespace."""
    found = {}
    for tid in threads.names(pid):
        try:
            status = Path(f"/proc/{pid}/task/{tid}/status").read_text()
        except OSError:
            continue
        inner = status.partition("\nNSpid:")[2].partition("\n")[0].split()
        found[int(inner[-1]) if inner else tid] = tid
    return found


def _reply(memory: Memory, futex: int, runtime: str) -> tuple[str, str] | None:
    """Whose reply to which request, if the futex is the condition of rte_mp_request_sync.

    Its struct pending_request has, in this order: the address that was asked, a pointer to the
    message, a pointer to the reply, a flag, the condition. The address is one of 4096 bytes, and of 108
    since 26.03. Source: eal_common_proc.c.
    """
    for at in range((futex - 96) & ~7, futex - 24, 8):
        message = memory.number(at, "=Q")
        name = memory.text(message, 64) if message else None
        if not name:
            continue
        for back in (4100, 108):
            to = memory.text(at - back, 108)
            if to and to.startswith(f"{runtime}/mp_socket"):
                return to, name
    return None


# -- file locks -------------------------------------------------------------------------------------


def _file_lock(pid: int, fd: int) -> FileLock | None:
    try:
        path = os.readlink(f"/proc/{pid}/fd/{fd}")
        status = os.stat(f"/proc/{pid}/fd/{fd}")
        table = Path("/proc/locks").read_text()
    except OSError:
        return None
    file = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    return FileLock(str(PurePosixPath(path)), proc.holders_of(table, file))
