# SPDX-License-Identifier: BSD-3-Clause
"""A started port of a primary, and the pump on its wire."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Callable, Iterable, Iterator, Mapping, Sequence

from conformance.ethdev import far_end, hardware
from conformance.ethdev.needs import need
from conformance.ethdev.queues import configure_queues, set_up_queues
from targets import host_network
from targets.observed import observed
from targets.outcome import Inconclusive, Unavailable
from targets.peer import Peer
from targets.scene import Scene
from traffic.account import Account, Window, account
from traffic.fast import Hand, Report
from traffic.frame import build
from traffic.link import Link
from traffic.ports.bridged import Bridged
from traffic.ports.port import Port
from traffic.pump import Arrivals, Pump
from traffic.tunnel import Tunnel

# The driver of net_af_xdp takes 2048 for each queue; all others need far less.
MBUFS = 6143
IN_FLIGHT = 128
# A device drops what its ring has no room for; software waits.
DESCRIPTORS_OF_A_DEVICE = 2 * IN_FLIGHT
POOL = "mbufs"


@observed
def accounted(arrivals: Arrivals | Report, may_lose: Sequence[Window] = ()) -> Account:
    """The fate of each frame of a pump or of a hand."""
    if isinstance(arrivals, Report):
        return arrivals.account(may_lose)
    return account(arrivals.sent, arrivals.received, may_lose)


class Watched(Pump):
    """A pump whose arrivals are something that a clause looks at."""

    @observed
    def run(
        self, frames: Sequence[bytes], at: Mapping[int, Callable[[], None]] | None = None
    ) -> Arrivals:
        return super().run(frames, at)


def _in_its_network(scene: Scene, port: Port, do: Callable[[], object]) -> None:
    inside = host_network.inside if port.is_hardware else scene.isolation.inside
    inside(do)


@contextmanager
def wire_of(scene: Scene, port: Port) -> Iterator[Link]:
    """The link on a port's wire, open."""
    wire = port.open_wire()
    _in_its_network(scene, port, wire.__enter__)
    try:
        yield wire
    finally:
        wire.__exit__()


@dataclass
class Started:
    """The port, and the primary that owns it.

    held: how many mbufs were not in the pool when that was asked first.
    """

    scene: Scene
    port: Port
    owner: Peer
    port_id: int
    queues: int = field(default=1, kw_only=True)
    held: int | None = field(default=None, kw_only=True)

    def free_buffers(self) -> int:
        """The number of mbufs in the pool, with those of sent frames that the driver gives back.

        Where it keeps some as long as it likes, the port is closed, from the second time on, and what
        the driver had at the first time is taken off.
        """
        if self.port.keeps_sent and self.held is not None:
            self.close_port()
            return self._available() - self.held
        if self.port.reclaims_by_sending:
            for queue in range(self.queues):
                self.owner.call(
                    "eth_tx_burst", port_id=self.port_id, queue_id=queue, frames=[], pool=POOL
                )
        count = self._available()
        self.held = MBUFS - count
        return count

    def _available(self) -> int:
        count: int = self.owner.call("mempool_avail_count", name=POOL).ret
        return count

    def stop_port(self) -> None:
        """The owner stops the port."""
        assert self.owner.call("eth_dev_stop", port_id=self.port_id).ret == 0

    def close_port(self) -> None:
        """The owner stops the port and closes it."""
        self.stop_port()
        assert self.owner.call("eth_dev_close", port_id=self.port_id).ret == 0

    @contextmanager
    def pump(
        self, window: int = IN_FLIGHT, *, tunnel: bool = False, silence_s: float | None = None
    ) -> Iterator[Pump]:
        """Sends frames on the port's wire, in a tunnel or as they are, and collects what comes back."""
        with wire_of(self.scene, self.port) as wire:
            link = Tunnel(wire) if tunnel else wire
            yield Watched(link, window, silence_s or self.scene.speed.ample_s)

    @observed
    def carry(self, flows: Sequence[bytes], each: int, window: int = IN_FLIGHT) -> Report:
        """A hand sends so many frames of each flow on the port's wire, as fast as the window allows, and
        checks what comes back. Strange frames are kept in the scene's directory. Unavailable where the
        wire is on another host."""
        if self.port.wire_is_far:
            raise Unavailable(f"needs the wire on this machine: it is {self.port.wire}")
        hand = Hand(self.port.wire)
        self.on_the_wire(hand.__enter__)
        try:
            report = hand.carry(flows, each, window, self.scene.speed.ample_s)
        finally:
            hand.__exit__()
        if report.strange:
            report.keep(self.scene.directory / "strange.pcapng")
        return report

    def on_the_wire(self, do: Callable[[], object]) -> None:
        """Calls `do` in the network namespace of the wire."""
        _in_its_network(self.scene, self.port, do)


# What is called when the owner has come so far: "probed", "configured", "queues-set-up".
Reached = Callable[[str, Started], None]


def _nobody(_state: str, _up: Started) -> None:
    """Nobody waits for a state."""


def start(scene: Scene, port: Port, queues: int = 1, descriptors: int = 256) -> Started:
    """A primary with its port, configured with so many queues each way, and started. Unavailable where no
    frame can come from outside."""
    need(port, port.has_wire)
    return configure(scene, port, queues, descriptors)


def configure(
    scene: Scene, port: Port, queues: int = 1, descriptors: int = 256, reached: Reached = _nobody
) -> Started:
    """As start(), whether the port has a wire or not. reached: is told each state before the start."""
    scene.need_network()
    scene.isolation.inside(port.prepare)
    if isinstance(port, Bridged) and port.far_first:
        far_end.start(scene, port, queues)
    if port.pci_address:
        scene.use_pci(port.pci_address)
    up = own(scene, port, queues, descriptors, reached)
    if isinstance(port, Bridged):
        if not port.far_first:
            far_end.start(scene, port, queues)
        far_end.connected(scene, up.owner, up.port_id)
    return up


def own(
    scene: Scene, port: Port, queues: int = 1, descriptors: int = 256, reached: Reached = _nobody
) -> Started:
    """A primary with its port, configured and started, where all else is there that the port needs."""
    owner = scene.primary(*port.eal_args(queues))
    port_id = owner.call("eth_dev_get_port_by_name", name=port.device).port_id
    assert owner.call("pktmbuf_pool_create", name=POOL, n=MBUFS).ret == 0
    up = Started(scene, port, owner, port_id, queues=queues)
    reached("probed", up)
    set_up_port(up, descriptors, reached)
    return up


def set_up_port(up: Started, descriptors: int = 256, reached: Reached = _nobody) -> None:
    """Gives the port of a primary its queues, and starts it."""
    limits: dict[str, int] = {}
    if up.port.is_hardware:
        limits = hardware.limits(up.owner, up.port_id, up.queues, DESCRIPTORS_OF_A_DEVICE)
    rx, tx = limits.get("nb_rx_desc", descriptors), limits.get("nb_tx_desc", descriptors)
    configure_queues(up.owner, up.port_id, up.queues, rss_hf=limits.get("rss_hf", 0))
    reached("configured", up)
    set_up_queues(up.owner, up.port_id, up.queues, POOL, rx, tx)
    reached("queues-set-up", up)
    up.scene.isolation.inside(up.port.link_up)
    assert up.owner.call("eth_dev_start", port_id=up.port_id).ret == 0
    if up.port.is_hardware:
        hardware.wait_for_link(up.scene, up.port, up.owner, up.port_id)


def flows(numbers: Iterable[int], first: int, count: int) -> list[bytes]:
    """`count` frames of each of these flows, numbered from `first` on, one of each flow in turn."""
    each = [build(flow, first, count) for flow in numbers]
    return [frame for turn in zip(*each) for frame in turn]


def told(arrivals: Arrivals | Report, *, in_order: bool, may_lose: Sequence[Window] = ()) -> str:
    """The account in a line; without order where none is promised. Inconclusive if it proves none."""
    if arrivals.inconclusive:
        raise Inconclusive(arrivals.inconclusive)
    found = accounted(arrivals, may_lose)
    if not in_order:
        found = replace(found, disordered=())
    return exact(found.sent, found.received) if found.exact else str(found)


def exact(sent: int, received: int | None = None) -> str:
    """The result of `told` when all frames have come but those that may be lost."""
    return f"sent {sent}, received {sent if received is None else received}: exact"
