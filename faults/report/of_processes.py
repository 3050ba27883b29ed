# SPDX-License-Identifier: BSD-3-Clause
"""Cases of a process as a whole and of its EAL threads: stopped, silent, spinning, dead, alone."""

from __future__ import annotations

from faults.deployment.waiting import Mutex
from faults.report.case import Case
from faults.report.seen import ProcessSeen, Seen, ThreadSeen
from faults.report.signs import Sign
from targets.threads import INTERRUPT_THREADS


def stopped(seen: Seen) -> list[Case]:
    found = []
    for one in seen.processes:
        if one.stopped:
            by = f" for its tracer, pid {one.tracer}" if one.tracer else ""
            what = f"{one.process} is stopped{by}"
            sign = Sign(
                "a process is stopped", "each of its threads is in state T, as ps(1) has it"
            )
            found.append(Case("stopped", what, (sign,)))
    return found


def primary(seen: Seen) -> list[Case]:
    if seen.alone:
        return []
    if not any(one.process.role == "primary" for one in seen.processes):
        living = ", ".join(str(one.process) for one in seen.processes)
        sign = Sign("the primary is dead", "no living process holds the lock of the configuration")
        live = "lives" if len(seen.processes) == 1 else "live"
        return [Case("primary dead", f"the primary is dead, and {living} {live} on", (sign,))]
    waiting = [
        one
        for one in seen.processes
        if any(thread.spins and "rte_eal_init" in thread.functions for thread in one.threads)
    ]
    if seen.config.version is None or seen.config.complete or not waiting:
        return []
    who = ", ".join(str(one.process) for one in waiting)
    text = "the configuration has not the mark that the primary puts last"
    sign = Sign("the primary's rte_eal_init is not done", text)
    return [Case("start", f"{who} waits for the end of the primary's rte_eal_init", (sign,))]


def ipc_threads(seen: Seen) -> list[Case]:
    found = []
    for one in seen.processes:
        if one.process.address and one.ipc_thread is None and not _ends(one):
            found.append(_ipc_gone(one))
        elif one.ipc_thread is not None and one.ipc_thread.spins:
            found.append(_ipc_spins(one, one.ipc_thread))
    return found


def _ends(one: ProcessSeen) -> bool:
    """It is on its way out, where the thread ends before the process."""
    return any("rte_eal_cleanup" in thread.functions for thread in one.threads)


def _ipc_gone(one: ProcessSeen) -> Case:
    signs = [Sign("its IPC thread is gone", "its socket is bound, and no thread reads it")]
    if one.out_of_descriptors:
        opened, most = one.descriptors
        text = f"{opened} descriptors are open, and it may have {most}"
        signs.append(Sign("its descriptors are used up", text))
    if "net_tap" in one.command:
        signs.append(Sign("it has a tap", "its command line has a port of kind net_tap"))
    return Case("ipc thread gone", f"{one.process} handles no IPC any more", tuple(signs))


def _ipc_spins(one: ProcessSeen, thread: ThreadSeen) -> Case:
    calls = thread.functions
    signs = [Sign("the IPC thread spins", f"{thread.name} {thread.tid} has run all the time")]
    waiter = _interrupt_waiter(one, thread)
    if waiter is not None:
        text = f"{waiter.name} {waiter.tid} waits for a mutex that {thread.name} {thread.tid} has"
        signs.append(Sign("the interrupt thread waits for the IPC thread", text))
        if "rte_eal_alarm_cancel" in calls:
            text = f"{thread.name} {thread.tid} is in rte_eal_alarm_cancel"
            signs.append(Sign("the IPC thread cancels an alarm", text))
        if not calls or "rte_eal_alarm_cancel" in calls:  # The stack says it, or nothing.
            what = f"the IPC thread and the interrupt thread of {one.process} wait for each other"
            return Case("deadlock", what, tuple(signs))
    if "rte_mp_request_async" in calls:
        text = f"{thread.name} {thread.tid} is in rte_mp_request_async"
        signs.append(Sign("the IPC thread asks again and again", text))
    elif calls:
        text = f"{thread.name} {thread.tid} is in {calls[-1]}"
        signs.append(Sign("the IPC thread does something else", text))
    what = f"the IPC thread of {one.process} spins, and reads nothing meanwhile"
    return Case("ipc thread spins", what, tuple(signs))


def _interrupt_waiter(one: ProcessSeen, ipc: ThreadSeen) -> ThreadSeen | None:
    for thread in one.threads:
        if thread.name in INTERRUPT_THREADS and isinstance(thread.wait, Mutex):
            if thread.wait.owner == ipc.tid:
                return thread
    return None


def outside(seen: Seen) -> list[Case]:
    found = []
    for one in (*seen.outside, *(seen.processes if seen.alone else ())):
        main = [thread for thread in one.threads if thread.tid == one.process.pid]
        if one.process.role == "secondary" and any(thread.spins for thread in main):
            text = "its main thread has run all the time"
            what = f"{one.process} says it is a secondary, and shares nothing with the primary"
            found.append(Case("outside", what, (Sign("it spins", text),)))
    return found
