# SPDX-License-Identifier: BSD-3-Clause
"""ptrace(2), as far as it takes to see the system calls of a running process's threads."""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass

SYSCALL_STOP = 5 | 0x80  # SIGTRAP, told apart from a real one by PTRACE_O_TRACESYSGOOD.
EVENT_STOP = 128

_SEIZE = 0x4206
_INTERRUPT = 0x4207
_LISTEN = 0x4208
_CONT = 7
_SYSCALL = 24
_GET_SYSCALL_INFO = 0x420E
_O_TRACESYSGOOD = 1
_O_TRACECLONE = 8
_WALL = 0x40000000

# op, arch, instruction and stack pointer; then of an entry: number and arguments, of an exit: value.
_HEAD = struct.Struct("=B3xIQQ")
_ENTRY = struct.Struct("=7Q")
_EXIT = struct.Struct("=q")
_OP_ENTRY, _OP_EXIT = 1, 2

# AUDIT_ARCH_*: numbers of recvmsg and sendmsg.
CALLS = {0xC000003E: {47: "recvmsg", 46: "sendmsg"}, 0xC00000B7: {212: "recvmsg", 211: "sendmsg"}}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request: int, tid: int, addr: int = 0, data: int = 0) -> int:
    result: int = _libc.ptrace(request, tid, addr, data)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


@dataclass(frozen=True)
class Stop:
    """The reason why a thread has stopped. status: as waitpid gives it."""

    tid: int
    status: int

    @property
    def gone(self) -> bool:
        """True if the thread has ended."""
        return not os.WIFSTOPPED(self.status)

    @property
    def in_syscall(self) -> bool:
        """True if the thread enters or leaves a system call."""
        return not self.gone and os.WSTOPSIG(self.status) == SYSCALL_STOP

    @property
    def event(self) -> int:
        """PTRACE_EVENT_*, 0 for none."""
        return self.status >> 16

    @property
    def signal(self) -> int:
        """The signal that is to be delivered, or for which the whole process has stopped."""
        return os.WSTOPSIG(self.status)


@dataclass(frozen=True)
class Entered:
    """A thread is about to make a call; name: "recvmsg", "sendmsg" or ""."""

    name: str
    arguments: tuple[int, ...]


@dataclass(frozen=True)
class Left:
    """A thread has made its call."""

    value: int


def seize(tid: int) -> None:
    """Takes a thread, and all that it will start. OSError: EPERM if it is not ours or has a tracer."""
    _ptrace(_SEIZE, tid, data=_O_TRACESYSGOOD | _O_TRACECLONE)
    _ptrace(_INTERRUPT, tid)


def wait() -> Stop | None:
    """The next stop of any thread; None when none is left."""
    try:
        tid, status = os.waitpid(-1, _WALL)
    except ChildProcessError:
        return None
    return Stop(tid, status)


def resume(stop: Stop) -> None:
    """Lets a thread run to its next system call, as if nobody looked: its signals are delivered, and
    if its process is stopped, it stays so."""
    _go(_SYSCALL, stop)


def run(stop: Stop) -> None:
    """Lets a thread run on, to its next signal."""
    _go(_CONT, stop)


def _go(how: int, stop: Stop) -> None:
    try:
        if stop.event == EVENT_STOP and stop.signal != 5:
            _ptrace(_LISTEN, stop.tid)
        elif stop.event or stop.in_syscall:
            _ptrace(how, stop.tid)
        else:
            _ptrace(how, stop.tid, data=stop.signal)
    except ProcessLookupError:
        pass  # It was killed; that is told next.


def syscall(tid: int) -> Entered | Left | None:
    """The system call of a thread that has stopped in it."""
    buffer = ctypes.create_string_buffer(88)
    try:
        _ptrace(_GET_SYSCALL_INFO, tid, ctypes.sizeof(buffer), ctypes.addressof(buffer))
    except ProcessLookupError:
        return None
    op, arch, _, _ = _HEAD.unpack_from(buffer.raw)
    if op == _OP_ENTRY:
        number, *arguments = _ENTRY.unpack_from(buffer.raw, _HEAD.size)
        return Entered(CALLS.get(arch, {}).get(number, ""), tuple(arguments))
    if op == _OP_EXIT:
        return Left(_EXIT.unpack_from(buffer.raw, _HEAD.size)[0])
    return None
