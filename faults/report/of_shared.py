# SPDX-License-Identifier: BSD-3-Clause
"""Cases of the shared memory: locks that are held, and operations on rings that do not go on."""

from __future__ import annotations

from faults.report import holders
from faults.report.case import Case
from faults.report.seen import Seen
from faults.report.signs import Sign


def locks(seen: Seen) -> list[Case]:
    """One case for all that dead processes have, one for each living holder."""
    of_dead, found = [], []
    for lock in seen.held:
        who = holders.of(seen, lock)
        if not who.living:
            of_dead.append(who)
            continue
        stopped = [thread for one, thread in who.living if one.stopped]
        key = "a stopped holder" if stopped else "a living holder"
        text = f"inside a function that takes it: {who.in_words()}"
        what = f"{holders.named(lock)} is held all the time, by {who.in_words()} as it seems"
        if stopped or who.sleeping:
            found.append(Case("locks", what, (_lock_sign(who), Sign(key, text))))
    return [*([_dead_holder(seen, of_dead)] if of_dead else []), *found]


def _dead_holder(seen: Seen, locks: list[holders.Holders]) -> Case:
    signs = [_lock_sign(one) for one in locks]
    names = " and ".join(holders.named(one.lock) for one in locks)
    doubt = ""
    if any(one.unseen for one in locks):
        who = ", ".join(sorted({str(one.process) for lock in locks for one in lock.unseen}))
        doubt = f"no stack of {who} was seen, which may be inside"
        if stopped := ", ".join(str(one.process) for one in seen.processes if one.stopped):
            signs.append(Sign("a stopped holder", f"{stopped} is stopped, and may be inside"))
    else:
        text = "no living thread is inside a function that takes it, but to wait for it"
        signs.append(Sign("no living holder", text))
        if all(one.may_be_taken for one in locks):
            doubt = "the application itself can take it, by rte_mcfg_..._lock, and go on"
    who = "nobody that is to be seen" if doubt else "nobody who lives"
    are = "is" if len(locks) == 1 else "are"
    return Case("locks", f"{names} {are} held all the time, by {who}", tuple(signs), doubt)


def _lock_sign(who: holders.Holders) -> Sign:
    lock = who.lock
    keys = {"heap": "the heap is locked", "memzones": "the memory zones are locked"}
    key = keys.get(lock.kind, "another lock is held")
    if lock.kind == "pages":
        key = "the pages are locked for " + ("writing" if lock.writer else "reading")
    waits = [f"{one.process} ({thread.tid})" for one, thread in who.spinning]
    text = f"{holders.state(lock)} in each look"
    return Sign(key, text + (f"; waiting for it: {', '.join(waits)}" if waits else ""))


def rings(seen: Seen) -> list[Case]:
    """An operation that lasts as long as we look stands in a process that is dead or stopped, or the
    application itself has begun it and will finish it."""
    found = []
    for one in seen.rings:
        of = "operations" if one.mode == "RTS" else "entries"
        text = f"{one.mode} {one.side}: {one.many} {of} reserved and not committed"
        signs = [Sign("an operation is under way", text)]
        if stopped := ", ".join(str(each.process) for each in seen.processes if each.stopped):
            signs.append(Sign("the operation may be a stopped process's", f"{stopped} is stopped"))
        doubt = "the application may be between start and finish of it"
        what = f"{one.side} on ring {one.ring} has begun, and does not go on"
        in_parts = one.mode in ("ST", "HTS")
        found.append(Case("ring", what, tuple(signs), doubt if in_parts else ""))
    return found
