# SPDX-License-Identifier: BSD-3-Clause
"""The client_server topology on the port under test, ready for traffic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator
from contextlib import contextmanager

from targets.peer import Peer, Pending
from targets.protocol import Facts
from targets.scene import Scene
from traffic.port import Port
from traffic.pump import Pump
from traffic.wire import Wire

BURST = 16
RING_SIZE = 512
MBUFS = 2047
IN_FLIGHT = 128


@dataclass
class ClientServer:
    """A primary that owns the port, and two rings for each worker.

    serving, working: the running verbs, whose answers are their counters.
    """

    scene: Scene
    port: Port
    server: Peer
    port_id: int
    workers: int
    serving: Pending | None = None
    working: dict[str, tuple[Peer, Pending]] = field(default_factory=dict)

    def serve(self) -> None:
        """The primary begins to deal frames to the workers' rings, in turn."""
        self.serving = self.server.tell(
            "client_server_serve",
            port_id=self.port_id,
            burst=BURST,
            to_rings=[f"to{n}" for n in range(self.workers)],
            from_rings=[f"from{n}" for n in range(self.workers)],
        )
        self.server.expect("serving")

    def work(self, number: int, **options: int) -> Peer:
        """A secondary that works on ring pair `number`. hold_after: see client_server_work."""
        worker = self.scene.secondary()
        pending = worker.tell(
            "client_server_work",
            from_ring=f"to{number}",
            to_ring=f"from{number}",
            burst=BURST,
            **options,
        )
        worker.expect("working")
        self.working[worker.name] = (worker, pending)
        return worker

    def lose(self, worker: Peer) -> None:
        """The worker is dead: nobody waits for its counters."""
        _, pending = self.working.pop(worker.name)
        worker.forget(pending)

    def stop(self) -> tuple[Facts, dict[str, Facts]]:
        """Ends all loops; the server's counters, and each worker's."""
        assert self.serving is not None
        for peer, pending in [*self.working.values(), (self.server, self.serving)]:
            peer.call("stop", of=pending.id)
        worked = {name: pending.answer() for name, (_, pending) in self.working.items()}
        return self.serving.answer(), worked

    @contextmanager
    def pump(self) -> Iterator[Pump]:
        """Sends frames on the port's wire and collects what comes back."""
        wire = Wire(self.port.wire)
        self.scene.isolation.inside(wire.__enter__)
        try:
            yield Pump(wire, IN_FLIGHT, self.scene.speed.ample_s)
        finally:
            wire.__exit__()


def start(scene: Scene, port: Port, workers: int = 1, flags: tuple[str, ...] = ()) -> ClientServer:
    """The primary with its started port, one queue each way, and the rings."""
    scene.need_network()
    scene.isolation.inside(port.prepare)
    server = scene.primary(*port.eal_args())
    port_id = server.call("eth_dev_get_port_by_name", name=port.device).port_id
    steps = [
        server.call("pktmbuf_pool_create", name="mbufs", n=MBUFS),
        server.call("eth_dev_configure", port_id=port_id, nb_rx_queue=1, nb_tx_queue=1),
        server.call("eth_rx_queue_setup", port_id=port_id, queue_id=0, nb_desc=256, pool="mbufs"),
        server.call("eth_tx_queue_setup", port_id=port_id, queue_id=0, nb_desc=256),
    ]
    scene.isolation.inside(port.link_up)
    steps.append(server.call("eth_dev_start", port_id=port_id))
    assert [step.ret for step in steps] == [0] * len(steps)
    for number in range(workers):
        for name in (f"to{number}", f"from{number}"):
            assert server.call("ring_create", name=name, count=RING_SIZE, flags=list(flags)).ring
    return ClientServer(scene, port, server, port_id, workers)
