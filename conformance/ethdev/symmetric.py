# SPDX-License-Identifier: BSD-3-Clause
"""The symmetric topology on the port under test: each process polls a queue of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.ethdev import rings, started
from conformance.ethdev.needs import need, need_one_copy
from conformance.ethdev.started import Started
from targets.outcome import Inconclusive
from targets.peer import Peer, Pending
from targets.protocol import Facts
from targets.scene import Scene
from traffic.arrival import Corrupt, Frame
from traffic.ports.port import Port
from traffic.pump import Arrivals

BURST = 4
DESCRIPTORS = 32
# On 22.11 more queue pairs than this abort the primary of a tap: test_many_queues_start.
MOST_QUEUES = 4


@dataclass
class Symmetric(Started):
    """processes[n] polls queue n; what it receives goes into to[n], and what it takes from out[n] it
    sends. Without rings it sends what it receives.

    running: the loops, by process.
    """

    processes: list[Peer] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    running: dict[int, Pending] = field(default_factory=dict)

    def connect(self, mode: str | None) -> None:
        """No rings; or of mode SP-SC one from each process to the next, in a loop; or of any other mode
        one for all."""
        count = len(self.processes)
        if mode is None:
            self.to = self.out = []
        elif mode == "SP-SC":
            self.to = [rings.make(self.owner, f"after {n}", mode) for n in range(count)]
            self.out = [self.to[n - 1] for n in range(count)]
        else:
            self.to = self.out = [rings.make(self.owner, f"all {mode}", mode)] * count

    def poll(self, number: int, **options: Any) -> None:
        """Process `number` begins its loop. options: see symmetric_forward."""
        peer = self.processes[number]
        through = {"to_ring": self.to[number], "from_ring": self.out[number]} if self.to else {}
        self.running[number] = peer.tell(
            "symmetric_forward",
            port_id=self.port_id,
            queue_id=number,
            burst=BURST,
            received_mark=1 << number,
            sent_mark=1 << MOST_QUEUES + number,
            **through,
            **options,
        )
        peer.expect("working")

    def poll_all(self) -> None:
        """All that do not yet begin their loops."""
        for number in range(len(self.processes)):
            if number not in self.running:
                self.poll(number)

    def lose(self, number: int) -> None:
        """The process is dead, or hangs: nobody waits for its counters."""
        self.processes[number].forget(self.running.pop(number))

    def rest(self, number: int) -> Facts:
        """Ends a process's loop; its counters."""
        pending = self.running.pop(number)
        self.processes[number].call("stop", of=pending.id)
        return pending.answer()

    def stop(self) -> list[Facts]:
        """Ends all loops; their counters."""
        return [self.rest(number) for number in sorted(self.running)]


def hands(frame: Frame | Corrupt, processes: int = MOST_QUEUES) -> tuple[int, int] | None:
    """(who received it, who sent it) of so many processes; None when that was not one each."""
    if isinstance(frame, Corrupt):
        return None
    known = (1 << processes) - 1
    received, sent = _only(frame.worked & known), _only(frame.worked >> MOST_QUEUES & known)
    return None if received is None or sent is None else (received, sent)


def ways(arrivals: Arrivals, processes: int) -> set[tuple[int, int]] | None:
    """The way that the frames took, as `hands` has it; None when a frame took another way. Inconclusive
    when a queue got no frame: the kernel's hash decides."""
    found = {hands(frame, processes) for frame in arrivals.received}
    known = {way for way in found if way is not None}
    if known != found:
        return None
    if {received for received, _ in known} != set(range(processes)):
        raise Inconclusive(f"not every one of {processes} queues got a frame: {sorted(known)}")
    return known


def _only(marks: int) -> int | None:
    """The number of the one bit that is set."""
    number = marks.bit_length() - 1
    return number if marks == 1 << max(number, 0) else None


def start(scene: Scene, port: Port, secondaries: int) -> Symmetric:
    """The port with a queue pair for each process, and the processes: the primary first, where there
    are queues enough for it to poll one, too."""
    need(port, port.secondary_data_path)
    need_one_copy(port)
    queues = min(secondaries + 1, MOST_QUEUES)
    up = started.start(scene, port, queues, DESCRIPTORS)
    others = [scene.secondary() for _ in range(secondaries)]
    polling = [up.owner, *others][-queues:]
    return Symmetric(scene, port, up.owner, up.port_id, polling, queues=queues)
