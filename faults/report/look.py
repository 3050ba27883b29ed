# SPDX-License-Identifier: BSD-3-Clause
"""Looks at a deployment for a moment: processes, threads, shared locks, sockets. Only reads."""

from __future__ import annotations

import os
import select
import time
from contextlib import ExitStack

from faults.deployment import find, mailbox, mem_config, proc, rings, waiting
from faults.deployment.entered import Entered
from faults.deployment.find import Process
from faults.deployment.mem_config import Config, SharedLock
from faults.deployment.memory import Memory
from faults.deployment.rings import UnderWay
from faults.deployment.waiting import Wait
from faults.report.seen import ProcessSeen, Seen, ThreadSeen
from targets import threads
from targets.threads import Scheduled

LOOKS = 10
# A thread that has had, or wanted, a CPU for so much of the time spins.
BUSY = 0.8


def look(entered: Entered, lasts_s: float, alone: bool = False) -> Seen:
    """Looks LOOKS times within `lasts_s` seconds. alone: the deployment is one process that shares
    nothing."""
    deployment = entered.deployment
    if not alone:
        deployment = deployment.now()
    outside = [] if alone else _outside(deployment.prefix, entered.host.pid)
    with ExitStack() as stack:
        watched = [
            _Watched(stack, one, deployment.runtime) for one in (*deployment.processes, *outside)
        ]
        inside = {one.process.pid: one for one in watched}
        began, configs, rings_seen = time.monotonic(), list[Config](), list[set[UnderWay]]()
        for number in range(LOOKS):
            until = began + lasts_s * (number + 1) / LOOKS
            for each in watched:
                each.look()
            configs.append(_config(entered.host.pid, inside))
            rings_seen.append(_rings(configs[-1], inside.get(entered.host.pid)))
            select.select([entered.alarm], [], [], max(until - time.monotonic(), 0))
        took_s = time.monotonic() - began
        seen = {pid: one.seen(took_s) for pid, one in inside.items()}
    members = [seen[one.pid] for one in deployment.processes if one.pid in seen]
    boxes = entered.inside(mailbox.sockets_in, deployment.runtime)
    known = {box.path for box in boxes}
    for one in members:
        if one.process.address and one.process.address not in known:
            boxes.append(entered.inside(mailbox.look, one.process.address))
    return Seen(
        took_s=took_s,
        config=configs[-1],
        held=_held(configs),
        rings=tuple(sorted(set.intersection(*rings_seen), key=str)),
        processes=tuple(members),
        mailboxes=tuple(boxes),
        room=entered.inside(mailbox.limit),
        dead=_dead(entered, [one.process.pid for one in members]),
        outside=tuple(seen[one.pid] for one in outside),
        alone=alone,
    )


def _config(pid: int, watched: dict[int, _Watched]) -> Config:
    """The shared configuration, as the process on which all hangs has it mapped."""
    text = proc.maps_of(pid)
    address = None if text is None else proc.config_address(text)
    if address is None or pid not in watched:
        return Config(None, False, (), f"pid {pid} shares no configuration with anybody (any more)")
    return mem_config.read(watched[pid].memory, address)


def _rings(config: Config, watched: _Watched | None) -> set[UnderWay]:
    """The operations on rings that are under way."""
    if watched is None or not config.rings_at:
        return set()
    return rings.under_way(watched.memory, config.rings_at, config.cache_line)


def _held(configs: list[Config]) -> tuple[SharedLock, ...]:
    """Those that somebody held whenever they were looked at, as they were in the last look."""
    held = [{(lock.kind, lock.place) for lock in config.locks if lock.held} for config in configs]
    always = set.intersection(*held)
    return tuple(lock for lock in configs[-1].locks if (lock.kind, lock.place) in always)


def _dead(entered: Entered, pids: list[int]) -> tuple[int, ...]:
    """Whose files are in the runtime directory, and who lives no more."""
    living = set(pids)
    for pid in pids:
        living |= {inner for inner, tid in waiting.inner_threads(pid).items() if tid == pid}
    left = mailbox.left_by(entered.inside(mailbox.names_in, entered.runtime))
    return tuple(sorted(left - living))


def _outside(prefix: str, beside: int) -> list[Process]:
    """Secondaries that share no configuration with anybody, for their options forbid it. beside: a
    process of the deployment; in another mount namespace the prefix is another one's."""
    found, sharing = [], find.proc_configs()
    for pid in proc.pids():
        options = proc.options(pid) if pid not in sharing else {}
        if not _is_lonely(options, prefix) or pid == os.getpid():
            continue
        try:
            if not proc.same_namespace(pid, "mnt", beside):
                continue
        except OSError:
            continue  # It ends at this moment, or is somebody else's.
        began = proc.started(pid)
        if began is not None and proc.maps_of(pid):
            found.append(Process(pid, began, "secondary", proc.name(pid), "", None))
    return found


def _is_lonely(options: dict[str, str], prefix: str) -> bool:
    alone = "no-shconf" in options or "in-memory" in options
    ours = options.get("file-prefix", "rte") == prefix
    return alone and ours and options.get("proc-type") == "secondary"


class _Watched:
    """A process, while it is looked at."""

    def __init__(self, stack: ExitStack, process: Process, runtime: str) -> None:
        self.process = process
        self.memory = stack.enter_context(Memory(process.pid))
        self._runtime = runtime
        self._first: dict[int, Scheduled] | None = None
        self._last: dict[int, Scheduled] = {}
        self._waits: dict[int, list[Wait | None]] = {}
        self._stopped = True

    def look(self) -> None:
        """One look."""
        self._last = threads.scheduled(self.process.pid)
        if self._first is None:
            self._first = self._last
        for tid in self._last:
            wait = waiting.wait_of(self.process.pid, tid, self.memory, self._runtime)
            self._waits.setdefault(tid, []).append(wait)
        self._stopped = self._stopped and proc.stopped(self.process.pid)

    def seen(self, took_s: float) -> ProcessSeen:
        """What all looks have shown."""
        pid = self.process.pid
        names = threads.names(pid)
        self._last = threads.scheduled(pid)
        return ProcessSeen(
            process=self.process,
            command=proc.command(pid) or self.process.name,
            since_s=proc.age_s(pid) or 0.0,
            stopped=self._stopped,
            tracer=proc.tracer(pid),
            descriptors=proc.descriptors(pid),
            threads=tuple(
                ThreadSeen(tid, names[tid], one.state, self._spins(tid, took_s), self._wait(tid))
                for tid, one in sorted(self._last.items())
                if tid in names
            ),
        )

    def _spins(self, tid: int, took_s: float) -> bool:
        before, after = (self._first or {}).get(tid), self._last[tid]
        if before is None:
            return False
        wanted_s = after.ran_s + after.queued_s - before.ran_s - before.queued_s
        return wanted_s >= BUSY * took_s

    def _wait(self, tid: int) -> Wait | None:
        """The last wait, if each was of this kind and for this: what lasts as long as we look."""
        waits = self._waits.get(tid, [])
        if len(waits) < LOOKS or any(_essence(one) != _essence(waits[-1]) for one in waits):
            return None
        return waits[-1]


def _essence(wait: Wait | None) -> object:
    """A wait without the time that is left of it."""
    if isinstance(wait, waiting.Reply):
        return (wait.to, wait.name)
    if isinstance(wait, waiting.Other):
        return (wait.where, wait.left_s is None)
    return wait
