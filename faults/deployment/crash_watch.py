# SPDX-License-Identifier: BSD-3-Clause
"""Looks on while processes that are not ours run, and tells how each dies: the signal and the thread.

It traces them for signals only, which costs them nothing. Who is about to die is held until the owner
has looked around.
"""

from __future__ import annotations

import os
import signal
from typing import Callable

from faults.deployment import ptrace
from faults.deployment.child import Child, Say
from faults.deployment.find import Process
from faults.deployment.trace import ready, refuse_traced, seize_all
from targets import threads

FATAL = {
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGABRT,
    signal.SIGILL,
    signal.SIGFPE,
    signal.SIGTRAP,
    signal.SIGSYS,
}


def crash_watch(processes: list[Process]) -> Child:
    """Watches for fatal signals. Reports {"dying": pid, "signal", "thread"} and then waits for `go_on`;
    and {"ended": pid, "how"}."""
    for process in processes:
        refuse_traced(process)

    def work(say: Say, told_to_go_on: Callable[[], None]) -> None:
        of_thread: dict[int, int] = {}
        for process in processes:
            taken = set(of_thread)
            seize_all(process.pid, taken)
            of_thread.update({tid: process.pid for tid in taken if tid not in of_thread})
        say(ready=True)
        while (stop := ptrace.wait()) is not None:
            if stop.gone:
                if of_thread.get(stop.tid) == stop.tid:
                    say(ended=stop.tid, how=_how(stop.status))
                continue
            if not stop.event and stop.signal in FATAL:
                name = signal.Signals(stop.signal).name
                pid = of_thread.get(stop.tid) or _group(stop.tid)
                say(dying=pid, signal=name, thread=threads.names(pid).get(stop.tid, "?"))
                told_to_go_on()
            ptrace.run(stop)

    return ready(Child(work))


def _group(tid: int) -> int:
    """The process of a thread that started meanwhile."""
    with open(f"/proc/{tid}/status", encoding="utf-8") as status:
        return int(status.read().partition("Tgid:")[2].split()[0])


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit {os.WEXITSTATUS(status)}"
