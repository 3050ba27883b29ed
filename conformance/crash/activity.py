# SPDX-License-Identifier: BSD-3-Clause
"""The activities of a process that is killed: how each is prepared and started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from conformance.crash.processes import MUCH, Processes
from targets.peer import Pending


@dataclass(frozen=True)
class Activity:
    """An activity: every system call that the victim makes meanwhile is a point.

    victim: who dies, "secondary" or "primary".  prepare: all that comes before.  go: sets it going;
    the calls under way, the victim's own and the others'.  held: the victim is not initialised yet.
    fresh: it changes what the deployment has, also when all is well: each point has a scene of its own.
    """

    name: str
    victim: str
    go: Callable[[Processes], list[Pending]]
    prepare: Callable[[Processes], None] = lambda processes: None
    held: bool = False
    fresh: bool = False


def _register(processes: Processes) -> None:
    for peer in processes.all:
        peer.call("mp_action_register", name="asked", manner="reply")


def _asks(verb: str, who: str, **keys: object) -> Callable[[Processes], list[Pending]]:
    def go(processes: Processes) -> list[Pending]:
        return [processes.peer(who).tell(verb, name="asked", **keys)]

    return go


def _grows(who: str) -> Callable[[Processes], list[Pending]]:
    return lambda processes: [processes.peer(who).tell("malloc", size=MUCH)]


def _grown(processes: Processes) -> None:
    processes.memory = processes.victim.call("malloc", size=MUCH).ret


def _shrinks(processes: Processes) -> list[Pending]:
    return [processes.victim.tell("free", ptr=processes.memory)]


DEVICE = "net_null7"


def _attaches(who: str) -> Callable[[Processes], list[Pending]]:
    return lambda processes: [processes.peer(who).tell("dev_probe", devargs=DEVICE)]


def _detaches(who: str) -> Callable[[Processes], list[Pending]]:
    return lambda processes: [processes.peer(who).tell("dev_remove", dev=DEVICE)]


def _attached(processes: Processes) -> None:
    processes.primary.call("dev_probe", devargs=DEVICE)


def _ends(processes: Processes) -> list[Pending]:
    return [processes.victim.tell("eal_cleanup")]


def _starts(processes: Processes) -> list[Pending]:
    return [processes.victim.tell("eal_init")]


def _all() -> list[Activity]:
    both: list[tuple[str, str, str, dict[str, object]]] = [
        ("asks", "victim", "mp_request_sync", {"timeout": "ample"}),
        ("asks asynchronously", "victim", "mp_request_async", {"timeout": "ample", "wait": True}),
        ("tells", "victim", "mp_sendmsg", {}),
        ("is asked", "other", "mp_request_sync", {"timeout": "patience"}),
    ]
    found = [Activity("attaches", "secondary", _starts, held=True)]
    for role in ("secondary", "primary"):
        fresh = role == "primary"
        found.append(Activity("waits", role, lambda processes: [], fresh=fresh))
        for name, who, verb, keys in both:
            found.append(Activity(name, role, _asks(verb, who, **keys), _register, fresh=fresh))
        found += [
            Activity("has memory grow", role, _grows("victim"), fresh=fresh),
            Activity("has memory shrink", role, _shrinks, _grown, fresh=fresh),
            Activity("maps what another one grew", role, _grows("other"), fresh=True),
            Activity("attaches a device", role, _attaches("victim"), fresh=True),
            Activity("detaches a device", role, _detaches("victim"), _attached, fresh=True),
            Activity("is told to attach a device", role, _attaches("other"), fresh=True),
            Activity("is told to detach a device", role, _detaches("other"), _attached, fresh=True),
        ]
    found.append(
        Activity(
            "registers an action",
            "secondary",
            lambda processes: [processes.victim.tell("mp_action_register", name="mine")],
        )
    )
    found.append(Activity("cleans up", "secondary", _ends))
    return found


# By name: "secondary attaches", "primary asks", ...
ACTIVITIES = {f"{activity.victim} {activity.name}": activity for activity in _all()}
