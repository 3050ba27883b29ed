# SPDX-License-Identifier: BSD-3-Clause
"""The client_server topology on the port under test, ready for traffic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.ethdev import rings, started
from conformance.ethdev.started import Started
from targets.peer import Peer, Pending
from targets.protocol import Facts
from targets.scene import Scene
from traffic.ports.port import Port

BURST = 16


@dataclass
class ClientServer(Started):
    """A primary that owns the port, and rings to and from the workers: a pair for each, or one for
    all.

    serving, working: the running verbs, whose answers are their counters.
    """

    to: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    serving: Pending | None = None
    working: dict[str, tuple[Peer, Pending]] = field(default_factory=dict)

    @property
    def server(self) -> Peer:
        """The primary, by the name that it has in this topology."""
        return self.owner

    def share(self, to: str, back: str) -> None:
        """Makes one ring to all workers and one back, of these modes, in place of a pair for each."""
        self.to = [rings.make(self.owner, f"to {to}", to)]
        self.back = [rings.make(self.owner, f"back {back}", back)]

    def serve(self) -> None:
        """The primary begins to deal frames to the rings, in turn."""
        self.serving = self.server.tell(
            "client_server_serve",
            port_id=self.port_id,
            burst=BURST,
            to_rings=self.to,
            from_rings=self.back,
        )
        self.server.expect("serving")

    def work(
        self, number: int, worker: Peer | None = None, *, burst: int = BURST, **options: Any
    ) -> Peer:
        """A secondary, by default a new one, begins to work on ring pair `number`. options: see
        client_server_work."""
        worker = worker or self.scene.secondary()
        pending = worker.tell(
            "client_server_work",
            from_ring=self.to[number % len(self.to)],
            to_ring=self.back[number % len(self.back)],
            burst=burst,
            **options,
        )
        worker.expect("working")
        self.working[worker.name] = (worker, pending)
        return worker

    def lose(self, worker: Peer) -> None:
        """The worker is dead, or hangs: nobody waits for its counters."""
        _, pending = self.working.pop(worker.name)
        worker.forget(pending)

    def rest(self, worker: Peer) -> Facts:
        """Ends a worker's loop; its counters."""
        _, pending = self.working.pop(worker.name)
        worker.call("stop", of=pending.id)
        return pending.answer()

    def stop(self) -> tuple[Facts, dict[str, Facts]]:
        """Ends all loops; the server's counters, and each worker's."""
        assert self.serving is not None
        worked = {peer.name: self.rest(peer) for peer, _ in list(self.working.values())}
        self.server.call("stop", of=self.serving.id)
        return self.serving.answer(), worked


def start(scene: Scene, port: Port, workers: int = 1, mode: str = "MP-MC") -> ClientServer:
    """The primary with its started port, one queue each way, and two rings for each worker."""
    up = started.start(scene, port)
    to, back = (
        [rings.make(up.owner, f"{way}{number}", mode) for number in range(workers)]
        for way in ("to", "from")
    )
    return ClientServer(scene, port, up.owner, up.port_id, to, back)
