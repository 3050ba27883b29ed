# SPDX-License-Identifier: BSD-3-Clause
"""From what was seen of a deployment to cases: what hangs, which signs say so, what is known of it."""

from __future__ import annotations

from faults.report import holders, of_processes, of_shared, of_waits
from faults.report.case import Case
from faults.report.seen import Seen
from faults.report.signs import Sign, recognise


def cases(seen: Seen) -> list[Case]:
    """All that hangs, causes before effects."""
    found = [
        *of_processes.stopped(seen),
        *of_processes.primary(seen),
        *of_processes.ipc_threads(seen),
        *of_shared.locks(seen),
        *of_shared.rings(seen),
        *of_waits.queues(seen),
        *of_waits.mutexes(seen),
        *of_waits.requests(seen),
        *of_processes.outside(seen),
    ]
    everywhere = _everywhere(seen)
    return [_recognised(case, everywhere) for case in found]


def _recognised(case: Case, everywhere: tuple[Sign, ...]) -> Case:
    keys = frozenset(sign.key for sign in (*case.signs, *everywhere))
    verdict = recognise(case.kind, keys)
    wanted = verdict.known.signs | verdict.known.also if verdict else frozenset()
    own = {sign.key for sign in case.signs}
    more = tuple(sign for sign in everywhere if sign.key in wanted - own)
    return Case(case.kind, case.headline, (*case.signs, *more), case.doubt, verdict)


def _everywhere(seen: Seen) -> tuple[Sign, ...]:
    found = []
    if seen.dead:
        who = ", ".join(map(str, seen.dead))
        found.append(Sign("a process has died", f"files of dead processes are there: {who}"))
    for one in seen.processes:
        if one.stopped:
            found.append(Sign("a process is stopped", f"{one.process} is stopped"))
        for thread in one.threads:
            waits = thread.wait is not None and not thread.is_idle
            if waits and holders.is_inside(thread, "heap"):
                text = f"{one.process} waits in {holders.told(thread)}"
                found.append(Sign("a thread waits in an allocation", text))
    return tuple(found)
