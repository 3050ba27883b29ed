# SPDX-License-Identifier: BSD-3-Clause
"""The steps of a scenario, as they are meant. Each knows its line, which counts from 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from faults.schedule import Switch


# The thread of a peer that does what it is told next, and the one that does rte_eal_init, as
# faults.steps.CallId calls them.
OF_THE_NEXT_VERB = "peer-reader>1"
OF_EAL_INIT = "main"


@dataclass(frozen=True)
class Reference:
    """A value that an earlier answer or event has: the label of that step, and the way to the value."""

    label: str
    path: str

    def __str__(self) -> str:
        return f"${self.label}.{self.path}"


@dataclass(frozen=True)
class Not:
    """Any value but this one."""

    value: Any


@dataclass(frozen=True)
class Comes:
    """A process comes, with these EAL arguments besides those of the scene. own: what the others do not
    have, as targets.scene.Scene.start takes it."""

    line: int
    who: str
    eal: tuple[str, ...] = ()
    own: Mapping[str, Any] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """primary or secondary"""
        return self.who.rstrip("0123456789")


@dataclass(frozen=True)
class Starts(Comes):
    """A process starts. held: rte_eal_init has not begun; the verb eal_init begins it."""

    held: bool = False


@dataclass(frozen=True)
class FailsToStart(Comes):
    """A process whose rte_eal_init fails. label: what its reason is called, "" for none."""

    label: str = ""


@dataclass(frozen=True)
class HasDescriptors:
    """A process may open so many descriptors more; None: as many as before."""

    line: int
    who: str
    left: int | None


@dataclass(frozen=True)
class Tells:
    """A process runs a verb. label: what the answer is called, "" for none. waits: for the answer."""

    line: int
    who: str
    verb: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    waits: bool = True


@dataclass(frozen=True)
class Ends:
    """The answer comes to a verb that was begun."""

    line: int
    label: str


@dataclass(frozen=True)
class Says:
    """A process says an event with these facts; the first one that no earlier step has taken.
    times: how often it has said it, and nothing is waited for or taken; None: it is waited for.
    """

    line: int
    who: str
    event: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    times: int | None = None


@dataclass(frozen=True)
class Becomes:
    """A process dies (SIGKILL), exits (_exit), leaves (rte_eal_cleanup), stops, continues, lives, or has
    died as it was to."""

    line: int
    who: str
    what: str


@dataclass(frozen=True)
class Expects:
    """An answer or event has these values, each at the end of its way: "msgs.0.param"."""

    line: int
    label: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Relays:
    """A relay stands before the socket of a process until the end of the scenario. rule: one a line."""

    line: int
    who: str
    rule: str


@dataclass(frozen=True)
class MeetsCalls:
    """Calls of a process fail, do nothing, take longer or are held from here on, or the held ones go
    on.

    action: fail, skip, delay, hold or release.  error: an errno's name.  which: of faults.call.CallFails.
    """

    line: int
    who: str
    action: str
    function: str
    error: str = ""
    delay_ns: int = 0
    which: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DirectoryIs:
    """The runtime directory is full, gone, ... from here on, or as before."""

    line: int
    state: str


@dataclass(frozen=True)
class DiesAt:
    """A process is killed at the entry of the n-th call of this name that a thread of it makes from
    here on. thread: by its name; ipc and interrupts are EAL's own, whatever a release calls them.
    """

    line: int
    who: str
    call: str
    nth: int
    thread: str = OF_THE_NEXT_VERB


@dataclass(frozen=True)
class GhostSends:
    """A socket without DPDK behind it sends a datagram. keys: of faults.ghost.Ghost.send."""

    line: int
    who: str
    type: str
    name: str
    to: str
    keys: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GhostSendsBytes:
    """A ghost sends what is no datagram of DPDK."""

    line: int
    who: str
    data: bytes
    to: str


@dataclass(frozen=True)
class GhostGets:
    """A ghost receives the next datagram, which must be this one."""

    line: int
    who: str
    type: str
    name: str
    label: str = ""


@dataclass(frozen=True)
class GhostAnswers:
    """A ghost answers a datagram that it got."""

    line: int
    who: str
    label: str
    type: str
    param: bytes = b""


@dataclass(frozen=True)
class GhostAppears:
    """A ghost is bound: from now on it is a secondary to every primary. bound: it has an address.
    abstract: it has one that is no path, and is nobody's secondary."""

    line: int
    who: str
    bound: bool = True
    abstract: bool = False


@dataclass(frozen=True)
class GhostGoes:
    """A ghost is no longer there, and neither is its socket."""

    line: int
    who: str


@dataclass(frozen=True)
class Schedules:
    """From here on the threads of all processes, and the steps, go on one at a time, in this order."""

    line: int
    switches: tuple[Switch, ...] = ()


Step = (
    Starts
    | FailsToStart
    | Tells
    | Ends
    | Says
    | Becomes
    | Expects
    | Relays
    | GhostSends
    | GhostSendsBytes
    | GhostGets
    | GhostAnswers
    | GhostAppears
    | GhostGoes
    | MeetsCalls
    | DirectoryIs
    | DiesAt
    | HasDescriptors
    | Schedules
)


@dataclass(frozen=True)
class Scenario:
    """promise: what DPDK promises, in a sentence. text: as it was written."""

    promise: str
    steps: tuple[Step, ...]
    text: str
