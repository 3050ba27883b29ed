# SPDX-License-Identifier: BSD-3-Clause
"""A call that changes a port, made by its owner and by a secondary: what each gets, and what each
process and the kernel see afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Mapping

from conformance.ethdev import far_end, hardware, interface, started
from conformance.ethdev.needs import need
from conformance.ethdev.started import Started, exact, told
from targets.peer import Peer
from targets.scene import Scene
from traffic.frame import build
from traffic.ports.bridged import Bridged
from traffic.ports.port import Port

FRAMES = 16
ALL_FORWARDED = exact(FRAMES)

NONE = "none"
REFUSED = "refused"
AS_TOLD = "as told"
# Source: rte_errno.h, "Operation not allowed in secondary processes"
NOT_HERE = "E_RTE_SECONDARY"


@dataclass(frozen=True)
class Call:
    """A verb of a peer, and its keys beside the port's number."""

    verb: str
    keys: Mapping[str, Any] = field(default_factory=dict)

    def by(self, peer: Peer, port_id: int) -> Any:
        """A process makes the call; its answer."""
        return peer.call(self.verb, port_id=port_id, **self.keys)


@dataclass(frozen=True)
class Reading:
    """A call, and the output of it that is looked at."""

    call: Call
    output: str

    def by(self, peer: Peer, port_id: int) -> Any:
        """What a process reads; REFUSED where its driver does not let it."""
        answer = self.call.by(peer, port_id)
        return REFUSED if error_of(answer) == "ENOTSUP" else answer[self.output]


@dataclass(frozen=True)
class Control:
    """A call that changes a port.

    errors: those that DPDK's documentation lists; None where it leaves them to the driver.
    prepare: what the owner calls before, so that there is something to change.
    undo: what the owner calls afterwards.  restores: the key of `undo` that is the first reading, as it
    was at first.
    reads: what it changes, as a process reads it.  kernel: what it changes of the kernel's interface, by
    its name in interface.py.
    spreads: it needs a port that spreads frames over queues, where a device can do that.
    restarts: it needs a port that carries frames again when its owner has stopped and started it.
    """

    call: Call
    errors: frozenset[str] | None
    prepare: Call | None = None
    undo: Call | None = None
    restores: str = ""
    reads: tuple[Reading, ...] = ()
    kernel: str = ""
    spreads: bool = False
    restarts: bool = False


@dataclass(frozen=True)
class Seen:
    """What the call changes, as its owner reads it, and the kernel."""

    read: tuple[Any, ...]
    kernel: int | str | None


@dataclass(frozen=True)
class Made:
    """The call was made. error: what it returned.  read: what its caller reads then.  carried: the
    account of frames that the owner forwards when it has undone the call."""

    error: str
    before: Seen
    after: Seen
    read: tuple[Any, ...]
    carried: str

    def did(self, owners: Made) -> str:
        """What the call has changed, beside the same call of the owner: AS_TOLD when one that succeeded
        did what the owner's did, one that failed did nothing, and its caller sees what the owner sees.
        """
        wanted = owners.after if self.error == NONE else self.before
        if self.after != wanted:
            return f"{self.after} instead of {wanted}"
        if any(own not in (REFUSED, other) for own, other in zip(self.read, self.after.read)):
            return f"the caller reads {self.read}, the owner {self.after.read}"
        return AS_TOLD

    def may_return(self, owners: Made, errors: frozenset[str] | None) -> str:
        """The error that may be returned: this one, if it is documented or what the owner gets."""
        allowed = {owners.error, NOT_HERE, *(errors or ())}
        fine = self.error in allowed or (errors is None and self.error != NONE)
        return self.error if fine else f"one of {', '.join(sorted(allowed))}"


class Trial:
    """A call on a port, which its owner and a secondary make, one after the other."""

    def __init__(self, up: Started, control: Control) -> None:
        self.up = up
        self.control = control
        self._flows = 0
        self._first = self._reads(up.owner)
        self._carries()  # So that there are statistics.

    def by(self, peer: Peer) -> Made:
        """A process makes the call, and the owner undoes it."""
        if self.control.prepare:
            self.control.prepare.by(self.up.owner, self.up.port_id)
        before = self._seen()
        error = error_of(self.control.call.by(peer, self.up.port_id))
        read = self._reads(peer)
        after = self._seen()
        self._undo()
        return Made(error, before, after, read, self._carries())

    def _carries(self) -> str:
        self._flows += 1
        settle(self.up)
        return forwards(self.up, self._flows)

    def _undo(self) -> None:
        undo, restores = self.control.undo, self.control.restores
        if undo is None or (restores and self._first[0] == REFUSED):
            return
        first = {restores: self._first[0]} if restores else {}
        Call(undo.verb, {**undo.keys, **first}).by(self.up.owner, self.up.port_id)

    def _reads(self, peer: Peer) -> tuple[Any, ...]:
        return tuple(reading.by(peer, self.up.port_id) for reading in self.control.reads)

    def _seen(self) -> Seen:
        kernel = None
        if self.control.kernel:
            kernel = interface.look(self.up.scene, self.up.port, self.control.kernel)
        return Seen(self._reads(self.up.owner), kernel)


def trial(scene: Scene, port: Port, control: Control) -> tuple[Made, Made]:
    """The call, made by the owner of a started port and by a secondary."""
    if control.restarts:
        need(port, port.restarts)
    queues = 2 if control.spreads and port.is_hardware else 1
    up = started.start(scene, port, queues)
    secondary = scene.secondary()
    tried = Trial(up, control)
    return tried.by(up.owner), tried.by(secondary)


def error_of(answer: Any) -> str:
    """The error of an answer by its name, NONE where the call has succeeded."""
    if answer.ret >= 0:
        return NONE
    return str(answer.rte_errno if "rte_errno" in answer else answer.errno)


def settle(up: Started) -> None:
    """Waits until the port can carry frames: its link may have been down."""
    if isinstance(up.port, Bridged):
        far_end.connected(up.scene, up.owner, up.port_id)
        return
    up.scene.isolation.inside(up.port.link_up)
    if up.port.is_hardware:
        hardware.wait_for_link(up.scene, up.port, up.owner, up.port_id)


def forwards(up: Started, flow: int, late: int | None = None) -> str:
    """The account of some frames of this flow that the owner forwards. late: frames of this flow, which
    were sent before and wait in the wire's own queue, may come among them."""
    echo = up.owner.tell("symmetric_forward", port_id=up.port_id, queue_id=0, burst=FRAMES)
    up.owner.expect("working")
    with up.pump() as pump:
        arrivals = pump.run(build(flow, 0, FRAMES))
    up.owner.call("stop", of=echo.id)
    echo.answer()
    pairs = zip(arrivals.received, arrivals.received_ns)
    now = [pair for pair in pairs if late is None or pair[0].flow != late]
    received, received_ns = tuple(frame for frame, _ in now), tuple(ns for _, ns in now)
    return told(replace(arrivals, received=received, received_ns=received_ns), in_order=True)
