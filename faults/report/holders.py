# SPDX-License-Identifier: BSD-3-Clause
"""Who holds a lock of the shared memory: such a lock knows no owner, so its holder is inferred."""

from __future__ import annotations

import re
from dataclasses import dataclass

from faults.deployment.mem_config import SharedLock
from faults.report.seen import ProcessSeen, Seen, ThreadSeen
from faults.report.signs import sections

Who = tuple[ProcessSeen, ThreadSeen]


@dataclass(frozen=True)
class Holders:
    """living: threads inside a function that takes the lock, which do not just wait for it.  sleeping:
    one of them sleeps or is stopped.  spinning: those that wait for it.  unseen: processes without
    stacks.  may_be_taken: the application can take it by a public function."""

    lock: SharedLock
    living: tuple[Who, ...]
    spinning: tuple[Who, ...]
    unseen: tuple[ProcessSeen, ...]
    may_be_taken: bool

    @property
    def sleeping(self) -> bool:
        """One of the living is not just at work."""
        return any(thread.state != "R" for _, thread in self.living)

    def in_words(self) -> str:
        """The living ones."""
        return " or ".join(
            f"{one.process} ({thread.name} {thread.tid}, in {told(thread)})"
            for one, thread in self.living
        )


def pattern(kind: str) -> re.Pattern[str]:
    """The functions inside which a lock of this kind is taken."""
    return sections()[kind].inside


def told(thread: ThreadSeen) -> str:
    """Its public functions, the outermost first; else the libraries that it is in."""
    return " > ".join(thread.functions or thread.calls or ())


def named(lock: SharedLock) -> str:
    """A lock in words."""
    words = sections()[lock.kind].words
    return f"{words} {lock.place}".rstrip()


def state(lock: SharedLock) -> str:
    """How it is held."""
    if lock.readers:
        many = "1 reader" if lock.readers == 1 else f"{lock.readers} readers"
        return f"{named(lock)}: {many}" + (", a writer waits" if lock.writer_waits else "")
    return f"{named(lock)}: held for writing" if lock.kind != "heap" else f"{named(lock)}: held"


def of(seen: Seen, lock: SharedLock) -> Holders:
    """Who may hold it. A thread that spins inside such a function waits for it, unless it can have it
    already, and wait for another one that DPDK takes later."""
    later = _later(seen, lock)
    living: list[Who] = []
    spinning: list[Who] = []
    unseen = []
    for one in seen.processes:
        if any(thread.calls is None for thread in one.threads):
            unseen.append(one)
        for thread in one.threads:
            if is_inside(thread, lock.kind):
                goes_on = any(is_inside(thread, kind) for kind in later)
                (spinning if thread.spins and not goes_on else living).append((one, thread))
    taken = sections()[lock.kind].taken
    return Holders(lock, tuple(living), tuple(spinning), tuple(unseen), taken)


def is_inside(thread: ThreadSeen, kind: str) -> bool:
    """Whether a thread is, or may be, inside a function that takes a lock of this kind. Where the
    outermost function has no name, its library decides."""
    section = sections()[kind]
    if any(section.inside.fullmatch(name) for name in thread.functions):
        return True
    calls = thread.calls or ()
    if thread.is_of_eal and len(calls) > 1:
        calls = calls[1:]
    return bool(calls) and not thread.is_idle and bool(section.library.fullmatch(calls[0]))


def _later(seen: Seen, lock: SharedLock) -> list[str]:
    """Kinds of the locks that are held, too, and for which a thread may wait that has this one.

    Who has a heap wants to write the pages: if nobody waits to do that, nobody has it for that reason.
    """
    kinds = list(sections())
    found = [one for one in seen.held if kinds.index(one.kind) > kinds.index(lock.kind)]
    if lock.kind == "heap":
        found = [one for one in found if one.writer_waits or one.readers]
    return [one.kind for one in found]
