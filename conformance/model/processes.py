# SPDX-License-Identifier: BSD-3-Clause
"""The processes of a deployment, and what each has: actions, a queue, jobs, requests under way."""

from __future__ import annotations

from dataclasses import dataclass, field

PRIMARY_SOCKET = "mp_socket"


@dataclass
class Datagram:
    """request: number of the request that it asks or answers, 0 for a message and its reply."""

    kind: str
    name: str
    param: str
    sender: str
    request: int = 0


@dataclass
class Action:
    """A registered action: what its callback does, and the parameter of its replies."""

    manner: str
    number: int
    name: str

    @property
    def reply_name(self) -> str:
        """A name that nobody ever requests, if misnamed."""
        return "other" if self.manner == "misnamed" else self.name

    @property
    def reply_param(self) -> str:
        """Tells this registration's replies from all others."""
        return f"r{self.number}"


@dataclass
class Job:
    """A message that waits to be released; one that a `hold` action has stops its IPC thread."""

    action: Action
    datagram: Datagram


@dataclass
class Entry:
    """A pending request at one peer: what a reply is matched with. fresh: made in this step."""

    to: str
    name: str
    request: int
    answer: Datagram | None = None
    fresh: bool = True


@dataclass
class Request:
    """A request under way. to_ask: addresses not asked yet, of a synchronous one."""

    number: int
    name: str
    is_async: bool
    to_ask: list[str]
    ret: int = 0
    rte_errno: str | None = None
    asking: bool = True
    sent: int = 0
    over: bool = False
    answers: list[Datagram] = field(default_factory=list)

    @property
    def param(self) -> str:
        """Tells it from every other one."""
        return f"m{self.number}"


@dataclass
class Blocked:
    """An rte_mp_sendmsg that waits for room at to[0]."""

    number: int
    datagram: Datagram
    to: list[str]


@dataclass
class Process:
    """address: its entry in the runtime directory."""

    name: str
    role: str
    address: str
    alive: bool = True
    stopped: bool = False
    handling: bool = False
    actions: dict[str, Action] = field(default_factory=dict)
    queue: list[Datagram] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    pending: list[Entry] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    blocked: Blocked | None = None

    @property
    def held(self) -> bool:
        """True if the IPC thread is inside an action that has not returned."""
        return any(job.action.manner == "hold" for job in self.jobs)

    @property
    def reading(self) -> bool:
        """True if the IPC thread takes what comes."""
        return self.alive and not self.stopped and not self.held
