# SPDX-License-Identifier: BSD-3-Clause
"""The report in words: what was found, who waits for whom, each process, the stacks."""

from __future__ import annotations

from pathlib import PurePosixPath

from faults.attacks.describe import described
from faults.deployment.waiting import FileLock, Mutex, Other, Reply, Send, Wait
from faults.report import holders
from faults.report.case import Case
from faults.report.seen import ProcessSeen, Seen, ThreadSeen
from traffic.datagram import Layout

WIDE = 96  # Names of C++ have no end.


def report(seen: Seen, found: list[Case], layout: Layout | None) -> list[str]:
    """All lines but the stacks."""
    many = len(seen.processes)
    lines = [f"looked for {seen.took_s:.1f} s at {many} process{'es' if many > 1 else ''}"]
    lines[0] += f", release {seen.config.release}" if seen.config.version else ""
    lines += _findings(found)
    waits = who_waits(seen, layout)
    if waits:
        lines += ["who waits for whom:", *(f"  {line}" for line in waits)]
    lines += ["processes:"]
    for one in (*seen.processes, *seen.outside):
        lines += _process(seen, one)
    lines += _shared(seen)
    return lines


def _findings(found: list[Case]) -> list[str]:
    if not found:
        return ["nothing is found to hang"]
    lines = []
    for case in found:
        lines.append(f"{_label(case)}: {case.headline}")
        verdict = case.verdict
        if verdict is not None:
            if verdict.known.row:
                lines.append(f"  on record: {verdict.known.row.replace('`', '')}")
            lines.append(f"  means: {verdict.known.means}")
            lines.append(f"  do: {verdict.known.do}")
        lines += [f"  because {sign.text}" for sign in case.signs]
        if verdict is not None and verdict.missing:
            lines.append(f"  not seen: {'; '.join(sorted(verdict.missing))}")
        if case.doubt:
            lines.append(f"  but {case.doubt}")
    return lines


def _label(case: Case) -> str:
    if case.verdict is None:
        return "HANGS"
    how = "sure" if case.verdict.sure and not case.doubt else "likely"
    name = case.verdict.known.name
    return f"HANGS, {how}: this is {name}" if name else f"HANGS, {how}"


# -- who waits for whom -----------------------------------------------------------------------------


def who_waits(seen: Seen, layout: Layout | None) -> list[str]:
    """A line for each thread that waits for another process, another thread, or a lock."""
    lines = []
    for one in (*seen.processes, *seen.outside):
        for thread in one.threads:
            what = _waits(seen, one, thread, layout)
            if what:
                lines.append(f"{one.process}, {thread.name} {thread.tid}{_inside(thread)} {what}")
    return lines


def _inside(thread: ThreadSeen) -> str:
    told = holders.told(thread)
    return f", in {told}," if told else ""


def _waits(seen: Seen, one: ProcessSeen, thread: ThreadSeen, layout: Layout | None) -> str:
    wait = thread.wait
    if isinstance(wait, Send):
        what = described(layout, wait.data) if layout is not None else f"{len(wait.data)} bytes"
        return f"waits for room in the queue of {_at(seen, wait.to)}, to send {what}"
    if isinstance(wait, Reply):
        return f"waits for the reply of {_at(seen, wait.to)} to {wait.name}{_left(wait.left_s)}"
    if isinstance(wait, Mutex):
        return _mutex(one, wait)
    if isinstance(wait, FileLock):
        return f"waits for the lock of {wait.path}, which {_pids(seen, wait.holders)} has"
    if isinstance(wait, Other) and wait.left_s is not None and thread.calls:
        return f"waits for another thread{_left(wait.left_s)}"
    return _spins(seen, thread) if thread.spins else ""


def _at(seen: Seen, path: str) -> str:
    one = seen.at(path)
    return str(one.process) if one is not None else PurePosixPath(path).name


def _left(left_s: float | None) -> str:
    if left_s is None:
        return ", without a timeout"
    return f"; its timeout is in {left_s:.1f} s" if left_s > 0 else "; its timeout is over"


def _mutex(one: ProcessSeen, wait: Mutex) -> str:
    if wait.owner is None:
        return "waits for a mutex whose thread has ended"
    name = next((thread.name for thread in one.threads if thread.tid == wait.owner), "?")
    return f"waits for a mutex that {name} {wait.owner} has"


def _pids(seen: Seen, pids: tuple[int, ...]) -> str:
    names = {one.process.pid: str(one.process) for one in seen.processes}
    return " and ".join(names.get(pid, f"pid {pid}") for pid in pids) or "nobody that is to be seen"


def _spins(seen: Seen, thread: ThreadSeen) -> str:
    """A thread that spins for a lock; a thread that only polls a port waits for nobody."""
    wanted = [
        holders.named(lock)
        for lock in seen.held
        if any(other.tid == thread.tid for _, other in holders.of(seen, lock).spinning)
    ]
    return f"spins, as for {' or '.join(wanted)}" if wanted else ""


# -- each process -----------------------------------------------------------------------------------


def _process(seen: Seen, one: ProcessSeen) -> list[str]:
    process = one.process
    since = f"since {_duration(one.since_s)}"
    abi = f", ABI {process.abi}" if process.abi else ""
    lines = [f"  {process.role} {process.pid}, {since}{abi}: {one.command}"]
    if process.address:
        box = seen.mailbox(process.address)
        state = {"unread": "unread datagrams wait", "absent": "it is not in its place"}
        told = state.get(box.state, box.state) if box else "not seen"
        lines.append(f"    socket {PurePosixPath(process.address).name}: {told}")
    elif one in seen.processes:
        lines.append("    socket: none (yet)")
    if one.tracer:
        lines.append(f"    traced by pid {one.tracer}: no stack is taken")
    elif seen.stacks and all(thread.calls is None for thread in one.threads):
        lines.append("    its stacks have no names: its files are not seen here, or are stripped")
    for thread in one.threads:
        lines.append(f"    {thread.tid} {thread.name}: {_thread(thread)}")
    if process.address and one.ipc_thread is None:
        lines.append("    IPC thread: gone")
    return lines


def _thread(thread: ThreadSeen) -> str:
    if thread.state in "Tt":
        return "stopped"
    if thread.spins:
        return "runs all the time"
    if thread.state == "R":
        return "runs"
    wait: Wait | None = thread.wait
    if isinstance(wait, Other) and thread.is_idle:
        return f"idle ({wait.where})"
    if isinstance(wait, Other):
        return f"waits ({wait.where})"
    return "waits" if wait is not None else "comes and goes"


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _shared(seen: Seen) -> list[str]:
    lines = ["shared memory:"]
    if seen.config.doubt:
        lines.append(f"  {seen.config.doubt}")
    elif not seen.held:
        lines.append(f"  {len(seen.config.locks)} locks, none held all the time")
    for lock in seen.held:
        lines.append(f"  {holders.state(lock)}")
    for box in seen.mailboxes:
        if seen.at(box.path) is None:
            name = PurePosixPath(box.path).name
            whose = (
                "nobody has it any more" if box.state == "dead" else f"{box.state}; no DPDK process"
            )
            lines.append(f"  socket {name}: {whose}")
    if seen.dead:
        lines.append(f"  files of dead processes: {', '.join(map(str, seen.dead))}")
    return lines


def stack_lines(seen: Seen) -> list[str]:
    """What eu-stack has said of each process."""
    lines = []
    for one in (*seen.processes, *seen.outside):
        if one.process.pid in seen.stacks:
            lines.append(f"stacks of {one.process}:")
            said = seen.stacks[one.process.pid].splitlines()
            lines += [f"  {line}" if len(line) <= WIDE else f"  {line[:WIDE]}..." for line in said]
    return lines
