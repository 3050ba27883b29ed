# SPDX-License-Identifier: BSD-3-Clause
"""A point: one system call of one activity, at which a process dies or which fails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from conformance.crash import key
from conformance.verdicts.run import on_this
from faults.steps import Call, CallId
from targets.root import Root
from targets.threads import INTERRUPT_THREADS, IPC_THREADS

# Threads of the peer itself, which DPDK knows nothing of.
OURS = ("peer-reader", "peer-signals")
# DPDK's threads are called otherwise from 23.11 on. Here each has one name, the older one.
_ONE_NAME = {name: names[0] for names in (IPC_THREADS, INTERRUPT_THREADS) for name in names}


@dataclass(frozen=True)
class Point:
    """A system call of an activity.

    thread: the thread's name ("main", "verb" for the one that runs what the victim was told).
    role, i, n, k: where it is, as faults/steps.py counts.  occurrence: which of the calls of this key.
    touched: the victim may have had anything that is shared by then.  error: what the call fails with,
    "" where the victim is killed.
    """

    activity: str
    thread: str
    role: str
    call: str
    i: int
    n: int
    k: int
    target: str
    caller: str
    occurrence: int
    touched: bool
    error: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The part that is the same on every machine and in every run: activity, thread, and the words
        of the call."""
        words = f"{self.caller}: {self.call}({self.target})"
        return self.activity, self.thread, f"{words} = {self.error}" if self.error else words

    def __str__(self) -> str:
        where = self.n if self.k else self.i
        error = f"/{self.error}" if self.error else ""
        return f"{self.activity}/{self.thread}/{self.call}/{where}{error}"

    def is_where(self, bite: dict[str, Any], root: Root | None = None) -> bool:
        """Whether a fault met the call that was recorded at this point. bite: as the tracer says it, of
        a process that lived in this root."""
        if (self.call, self.caller) != (bite["call"], bite["caller"]):
            return False
        return self.k > 0 or self.target == key.normalised(bite["target"], root)

    @property
    def call_id(self) -> CallId:
        """The call, as faults/steps.py names it."""
        return CallId(self.role, self.call, self.i, self.n, self.k)


def alone(point: Point | str, mode: str) -> str:
    """The command that shows a point alone, on the DPDK of this run."""
    command = on_this("ci/crash --fail" if mode == "fail" else "ci/crash")
    return f"{command} --point '{point}'"


@dataclass
class Result:
    """The result of a point. found: what is wrong, by item, {} if nothing is; None if the fault did not
    take effect, because the call was not made this time."""

    point: Point
    mode: str
    found: dict[str, str] | None
    seconds: float = 0.0
    bite: dict[str, Any] = field(default_factory=dict)


def points(
    activity: str, calls: list[Call], names: dict[str, str], root: Root | None = None
) -> list[Point]:
    """The points of a recorded activity, thread after thread, each in its order. root: where the
    process lived."""
    found: list[Point] = []
    seen: dict[tuple[str, str, str], int] = {}
    touched = activity != "secondary attaches"
    begun: set[str] = set()
    for call in calls:
        # A thread that was there already waits in a call, which begins anew when it is followed: that
        # is before the activity, unless to wait is all there is to it.
        if not activity.endswith(" waits") and ">" not in call.thread and call.thread not in begun:
            begun.add(call.thread)
            continue
        thread = _name(call.thread, names)
        # Of calls that are not made every time, one in each place where there may be some.
        if thread is None or call.k > 1:
            continue
        target = key.normalised(call.target, root) if call.k == 0 else ""
        # What comes before the first look into the runtime directory (EAL makes it long before that)
        # cannot have touched anything.
        touched = touched or (target.startswith("/run/dpdk") and call.call != "mkdir")
        where = (call.thread, call.call, call.i, call.n, call.k)
        point = Point(activity, thread, *where, target, call.caller, 0, touched)
        seen[point.key] = seen.get(point.key, 0) + 1
        found.append(replace(point, occurrence=seen[point.key]))
    order = list(dict.fromkeys(point.thread for point in found))
    return sorted(found, key=lambda point: order.index(point.thread))


def _name(role: str, names: dict[str, str]) -> str | None:
    if role == "main":
        return role
    if role.startswith("peer-reader>"):
        return "verb"
    if role.partition("#")[0] in OURS:
        return None
    name = names.get(role, role)
    return _ONE_NAME.get(name, name)
