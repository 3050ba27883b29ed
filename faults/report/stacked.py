# SPDX-License-Identifier: BSD-3-Clause
"""What the stacks of all threads add to what was seen."""

from __future__ import annotations

from dataclasses import replace

from faults.deployment import proc
from faults.report import frames
from faults.report.seen import ProcessSeen, Seen
from targets import stacks


def with_stacks(seen: Seen) -> Seen:
    """The same, and what each thread's stack says. eu-stack holds each process for some milliseconds;
    a process that somebody traces has no stack for us."""
    said = {
        one.process.pid: stacks.raw(one.process.pid)
        for one in (*seen.processes, *seen.outside)
        if not one.tracer
    }
    return replace(
        seen,
        processes=tuple(_with_stack(one, said.get(one.process.pid, "")) for one in seen.processes),
        outside=tuple(_with_stack(one, said.get(one.process.pid, "")) for one in seen.outside),
        stacks=said,
    )


def _with_stack(one: ProcessSeen, said: str) -> ProcessSeen:
    pid = one.process.pid
    if not proc.files_are_seen(pid):
        return one  # The names would be those of other files.
    if one.process.abi is None and " rte_" not in said:
        return one  # Linked statically, and stripped.
    where = frames.modules(proc.maps_of(pid) or "")
    known = [
        replace(
            thread,
            calls=frames.calls(said, thread.tid, where),
            innermost=frames.innermost(said, thread.tid),
        )
        for thread in one.threads
    ]
    return replace(one, threads=tuple(known))
