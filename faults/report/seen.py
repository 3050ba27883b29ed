# SPDX-License-Identifier: BSD-3-Clause
"""What was seen of a deployment: its processes, their threads, the shared memory, the sockets."""

from __future__ import annotations

from dataclasses import dataclass, field

from faults.deployment import waiting
from faults.deployment.find import Process
from faults.deployment.mailbox import Mailbox
from faults.deployment.mem_config import Config, SharedLock
from faults.deployment.rings import UnderWay
from faults.deployment.waiting import Wait
from faults.report import frames
from targets.threads import INTERRUPT_THREADS, IPC_THREADS

# What a thread waits in that has nothing to do.
IDLE = (
    "do_epoll_wait",
    "ep_poll",
    "__skb_wait_for_more_packets",
    "hrtimer_nanosleep",
    "wait_woken",
    "pipe_read",
    "anon_pipe_read",
    "do_sys_poll",
    "do_select",
    "inet_csk_accept",
)
# And the calls of libc, as its stack has them.
IDLE_CALLS = (
    "accept",
    "clock_nanosleep",
    "epoll_wait",
    "nanosleep",
    "pause",
    "poll",
    "read",
    "recvmsg",
    "select",
)
# The table of descriptors of a process is full but for so many.
FEW = 2


@dataclass(frozen=True)
class ThreadSeen:
    """A thread. spins: it has wanted a CPU all the time.  wait: what it waited for in each look, None if
    it ran, or waited for something else each time.  calls: what of DPDK it is in, as frames.py has it;
    None if no stack was taken.  innermost: the function that it is in, DPDK's or not."""

    tid: int
    name: str
    state: str
    spins: bool
    wait: Wait | None
    calls: tuple[str, ...] | None = None
    innermost: str = ""

    @property
    def functions(self) -> tuple[str, ...]:
        """The public functions that it is in, the outermost first."""
        return frames.named(self.calls or ())

    @property
    def is_idle(self) -> bool:
        """It waits for something to do."""
        waits = isinstance(self.wait, waiting.Other) and self.wait.where in IDLE
        return waits or self.innermost.strip("_") in IDLE_CALLS

    @property
    def is_of_eal(self) -> bool:
        """EAL has started it: its first function is one of EAL without a name."""
        return self.is_ipc or self.name in INTERRUPT_THREADS

    @property
    def is_ipc(self) -> bool:
        """The thread that handles IPC."""
        return self.name in IPC_THREADS


@dataclass(frozen=True)
class ProcessSeen:
    """A process. descriptors: open, and how many it may have."""

    process: Process
    command: str
    since_s: float
    stopped: bool
    tracer: int
    descriptors: tuple[int, int]
    threads: tuple[ThreadSeen, ...]

    @property
    def ipc_thread(self) -> ThreadSeen | None:
        """The thread that handles its IPC; None if there is none."""
        return next((one for one in self.threads if one.is_ipc), None)

    @property
    def out_of_descriptors(self) -> bool:
        """No more than a few can be opened."""
        opened, most = self.descriptors
        return opened >= most - FEW


@dataclass(frozen=True)
class Seen:
    """A deployment that was looked at for `took_s`. held: locks of the shared memory that were held in
    every look.  dead: ids, in their own PID namespaces, of processes that left files.  outside: pids of
    processes that say they belong to it, and share nothing with it.  alone: there is only one process,
    which shares nothing.  rings: operations that have not gone on while we looked."""

    took_s: float
    config: Config
    held: tuple[SharedLock, ...]
    processes: tuple[ProcessSeen, ...]
    mailboxes: tuple[Mailbox, ...]
    room: int | None
    dead: tuple[int, ...]
    outside: tuple[ProcessSeen, ...] = ()
    alone: bool = False
    rings: tuple[UnderWay, ...] = ()
    stacks: dict[int, str] = field(default_factory=dict)

    def at(self, path: str) -> ProcessSeen | None:
        """The process whose socket was bound to this path."""
        return next((one for one in self.processes if one.process.address == path), None)

    def mailbox(self, path: str) -> Mailbox | None:
        """The socket at this path."""
        return next((one for one in self.mailboxes if one.path == path), None)

    def thread(self, tid: int) -> tuple[ProcessSeen, ThreadSeen] | None:
        """A thread by its id, and whose it is."""
        for one in (*self.processes, *self.outside):
            for thread in one.threads:
                if thread.tid == tid:
                    return one, thread
        return None
