# SPDX-License-Identifier: BSD-3-Clause
"""The threads of a process, ours or not, as /proc tells them: names, states, where they wait, CPU
time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterator

# The thread that handles IPC: its name up to 23.07, and from 23.11 on.
IPC_THREADS = ("rte_mp_handle", "dpdk-mp-msg")
# The thread that handles interrupts and alarms, likewise.
INTERRUPT_THREADS = ("eal-intr-thread", "dpdk-intr")

# The number of the field "policy", as _fields counts. Source: proc(5), /proc/pid/stat
_POLICY = 38

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def _text(path: str) -> str:
    """What a small file of /proc says. Every wait reads many of them: without a stream around it."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, 8192).decode(errors="replace")
    finally:
        os.close(file)


def _read(pid: int, file: str) -> Iterator[tuple[int, str]]:
    """(thread, what this file of it says), without those that end meanwhile."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        try:
            yield int(thread), _text(f"/proc/{pid}/task/{thread}/{file}")
        except OSError:
            continue


def names(pid: int) -> dict[int, str]:
    """The names of a process's threads, by thread id; none if the process is gone."""
    return {thread: comm.strip() for thread, comm in _read(pid, "comm")}


def has_ipc_thread(pid: int) -> bool:
    """Whether the thread that handles IPC is there."""
    return not set(IPC_THREADS).isdisjoint(names(pid).values())


def states(pid: int) -> str:
    """The state of each thread, a letter each, as ps(1) shows it."""
    return "".join(_fields(stat)[0] for _, stat in _read(pid, "stat"))


def wait_channels(pid: int, *of: str) -> list[str]:
    """Kernel functions that its threads wait in, one a thread; only threads of these names, where any
    are given."""
    called = names(pid)
    channels = _read(pid, "wchan")
    return [channel for thread, channel in channels if not of or called.get(thread) in of]


def cpu_s(pid: int, thread: int | None = None) -> float:
    """CPU time of a process, or of one of its threads, in seconds; 0 if it is gone."""
    task = "" if thread is None else f"/task/{thread}"
    try:
        fields = _fields(_text(f"/proc/{pid}{task}/stat"))
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK_S


@dataclass(frozen=True)
class Scheduled:
    """How the kernel has scheduled a thread until now.

    state: a letter, as ps(1) shows it.  ran_s: on a CPU.  queued_s: ready to run, and waiting for a CPU;
    a wait that still lasts is not in it.  turns: how often it was given a CPU; 0 for a thread of class
    SCHED_IDLE, which loses its CPU to whoever else wants one.
    Source: Linux, Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat".
    """

    state: str
    ran_s: float
    queued_s: float
    turns: int


def scheduled(pid: int) -> dict[int, Scheduled]:
    """Each thread of a process by its id; none if the process is gone."""
    found = {}
    for thread, stat in _read(pid, "stat"):
        fields = _fields(stat)
        try:
            ran, queued, turns = _text(f"/proc/{pid}/task/{thread}/schedstat").split()
            idle = int(fields[_POLICY]) == os.SCHED_IDLE
            found[thread] = Scheduled(
                fields[0], int(ran) / 1e9, int(queued) / 1e9, 0 if idle else int(turns)
            )
        except (OSError, ValueError):  # A kernel without CONFIG_SCHED_INFO has ticks alone.
            ran_s = (int(fields[11]) + int(fields[12])) * _TICK_S
            found[thread] = Scheduled(fields[0], ran_s, 0.0, 0)
    return found


def preemptions(pid: int) -> int:
    """How often its threads have lost their CPUs to others while they had work."""
    key = "nonvoluntary_ctxt_switches:"
    lines = [line for _, status in _read(pid, "status") for line in status.splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith(key))


def _fields(stat: str) -> list[str]:
    """The fields of a stat file from the third on: the second, a name, may hold anything."""
    return stat.rpartition(")")[2].split()
