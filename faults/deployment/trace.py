# SPDX-License-Identifier: BSD-3-Clause
"""Watches what processes read from and write to their IPC sockets, and holds the one that an event
comes to exactly then.

It is done with ptrace on the process itself, not with a relay before it: between the return of recvmsg
and the next instruction nothing can slip through. The tracer is a child of its own; when it ends, however
it ends, the kernel lets all that it held run on.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from faults.deployment import proc, ptrace
from faults.deployment.child import Child, Say
from faults.deployment.event import Event
from faults.deployment.find import NotThere, Process
from faults.deployment.ptrace import Entered, Left, Stop
from targets import threads
from traffic.datagram import Layout, decode

# struct msghdr: name, vector, control, each with its length, flags; struct iovec: base, length
_HEADER = struct.Struct("=QI4xQQQQi4x")
_VECTOR = struct.Struct("=QQ")


@dataclass
class _Traced:
    process: Process
    memory: int
    sockets: frozenset[int]


class _Tracer:
    """The tracer in the child: waits for the event, says so, and holds the thread until it is told to
    go on."""

    def __init__(
        self, processes: list[Process], event: Event, nth: int, layout: Layout, say: Say
    ) -> None:
        self.event = event
        self.left = nth
        self.layout = layout
        self.say = say
        self.of_thread: dict[int, _Traced] = {}
        self.entered: dict[int, Entered] = {}
        self.held: int | None = None
        for process in processes:
            self._take(process)

    def _take(self, process: Process) -> None:
        memory = os.open(f"/proc/{process.pid}/mem", os.O_RDONLY)
        traced = _Traced(process, memory, _sockets(process.pid))
        taken = set(self.of_thread)
        seize_all(process.pid, taken)
        self.of_thread.update({tid: traced for tid in taken if tid not in self.of_thread})

    def run(self) -> None:
        """Traces until all traced processes have ended, or the attacker.

        It is ready once each thread has stopped and runs to its next call: what returned before that
        from a call that had begun untraced was not seen.
        """
        unseen = set(self.of_thread)
        while (stop := ptrace.wait()) is not None:
            if stop.gone:
                traced = self.of_thread.get(stop.tid)
                if traced is not None and traced.process.pid == stop.tid:
                    self.say(ended=stop.tid)
            elif not (stop.in_syscall and self._holds(stop)):
                ptrace.resume(stop)
            if stop.tid in unseen:
                unseen.discard(stop.tid)
                if not unseen:
                    self.say(ready=True)

    def _holds(self, stop: Stop) -> bool:
        """True if this is the event; then the thread stays where it is."""
        call = ptrace.syscall(stop.tid)
        if isinstance(call, Entered):
            self.entered[stop.tid] = call
            return call.name == "sendmsg" and self._is("sending", stop.tid, None)
        if isinstance(call, Left):
            before = self.entered.pop(stop.tid, None)
            if before is not None and before.name and call.value >= 0:
                self.entered[stop.tid] = before
                moment = "received" if before.name == "recvmsg" else "sent"
                return self._is(moment, stop.tid, call.value)
        return False

    def _is(self, moment: str, tid: int, size: int | None) -> bool:
        if moment != self.event.moment or self.held is not None:
            return False
        traced = self._traced(tid)
        arguments = self.entered[tid].arguments
        if traced is None or arguments[0] & 0xFFFFFFFF not in traced.sockets:
            return False
        data = _message(traced.memory, arguments[1], size)
        if data is None or not self.event.matches(moment, decode(self.layout, data)):
            return False
        self.left -= 1
        if self.left > 0:
            return False
        self.held = tid
        self.say(hit=traced.process.pid, data=data.hex())
        return True

    def _traced(self, tid: int) -> _Traced | None:
        """Whose thread this is; one that started meanwhile is found by its group."""
        if tid not in self.of_thread:
            for traced in set(map(id, self.of_thread.values())):
                one = next(t for t in self.of_thread.values() if id(t) == traced)
                if os.path.exists(f"/proc/{one.process.pid}/task/{tid}"):
                    self.of_thread[tid] = one
                    break
        return self.of_thread.get(tid)


def _sockets(pid: int) -> frozenset[int]:
    """Numbers of the descriptors of its IPC socket."""
    inodes = proc.ipc_inodes(pid)
    found = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(fd)
        except OSError:
            continue
        if target.startswith("socket:[") and target[8:-1] in inodes:
            found.add(int(fd.name))
    return frozenset(found)


def _message(memory: int, header_at: int, size: int | None) -> bytes | None:
    """The bytes, `size` of them, that a msghdr in the memory of another process points to; None if they
    cannot be read."""
    try:
        raw = os.pread(memory, _HEADER.size, header_at)
        _, _, vector_at, count, _, _, _ = _HEADER.unpack(raw)
        if count != 1:
            return None
        base, length = _VECTOR.unpack(os.pread(memory, _VECTOR.size, vector_at))
        return os.pread(memory, length if size is None else min(size, length), base)
    except (OSError, struct.error, OverflowError):
        return None


def trace(processes: list[Process], event: Event, layout: Layout, nth: int = 1) -> Child:
    """Waits for the nth such event of any of them, and holds that one in it until it is closed.

    It says "ready"; then {"hit": pid, "data": hexadecimal}, and {"ended": pid} of each that ends.
    """
    for process in processes:
        refuse_traced(process)

    def work(say: Say, _: Callable[[], None]) -> None:
        _Tracer(processes, event, nth, layout, say).run()

    return ready(Child(work))


def ready(child: Child) -> Child:
    """The tracer, once it has begun; NotThere if it cannot begin."""
    if "ready" not in child.first:
        child.close()
        raise NotThere(str(child.first.get("cannot", "it cannot be traced")))
    return child


def refuse_traced(process: Process) -> None:
    """NotThere if somebody traces it: there can be one only."""
    tracer = proc.tracer(process.pid)
    if tracer:
        raise NotThere(f"{process} is traced already, by {proc.name(tracer)}, pid {tracer}")


def seize_all(pid: int, taken: set[int]) -> None:
    """Takes all threads of a process that are not in `taken`, and puts them there.

    Threads may start meanwhile: those that a taken one starts come by themselves.
    """
    gone: set[int] = set()
    while new := [tid for tid in threads.names(pid) if tid not in taken | gone]:
        for tid in new:
            taken.add(tid)
            try:
                ptrace.seize(tid)
            except ProcessLookupError:
                taken.discard(tid)
                gone.add(tid)
            except PermissionError:
                if proc.tracer(tid) != os.getpid():
                    raise
