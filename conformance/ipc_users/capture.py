# SPDX-License-Identifier: BSD-3-Clause
"""A primary whose port can be captured, and a secondary that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.ipc_users.ports import bring_up
from targets.observed import observed
from targets.outcome import need_release
from targets.peer import Peer
from targets.protocol import Facts
from targets.scene import Scene

RX, TX = ["RTE_PDUMP_FLAG_RX"], ["RTE_PDUMP_FLAG_TX"]
RXTX = RX + TX
ALL_QUEUES = 0xFFFF
COPIES = 255
RING_SIZE = 64
DEVICE = "net_ring0"  # What it sends on a queue it receives on the same.

Result = tuple[int, Any]


@dataclass
class Capture:
    """A primary that has called rte_pdump_init, its started port, and a secondary that captures."""

    primary: Peer
    secondary: Peer
    port_id: int

    def to(self, flags: list[str] = RXTX, queue: int = 0, **others: Any) -> dict[str, Any]:
        """Arguments of pdump_enable."""
        where = {"port": self.port_id, "ring": "captured", "mp": "copies", **others}
        return {"queue": queue, "flags": flags, **where}

    def enable(self, flags: list[str] = RXTX, queue: int = 0, **others: Any) -> Result:
        """The result of the secondary's rte_pdump_enable."""
        return result(self.secondary.call("pdump_enable", **self.to(flags, queue, **others)))

    def disable(self, flags: list[str] = RXTX, queue: int = 0, by: Peer | None = None) -> Result:
        """The result of rte_pdump_disable, called by the secondary unless another peer is given."""
        keys: dict[str, Any] = {"port": self.port_id, "queue": queue, "flags": flags}
        return result((by or self.secondary).call("pdump_disable", **keys))

    def send_around(self, sent: list[str], queue: int = 0) -> None:
        """The primary sends frames on its port and receives them again."""
        where = {"port_id": self.port_id, "queue_id": queue}
        took = self.primary.call("eth_tx_burst", frames=sent, pool="mbufs", **where).ret
        got = self.primary.call("eth_rx_burst", nb_pkts=len(sent), **where).frames
        assert (took, got) == (len(sent), sent)

    @observed
    def taken(self, by: Peer | None = None) -> list[str]:
        """Takes all packets that wait in the ring."""
        found: list[str] = (by or self.secondary).call("ring_take_pktmbufs", name="captured").frames
        return found

    def free_copies(self) -> int:
        """The number of mbufs that are left for copies."""
        left: int = self.primary.call("mempool_avail_count", name="copies").ret
        return left


def result(answer: Facts) -> Result:
    """The return value of a call, with its rte_errno."""
    return answer.ret, answer.rte_errno


def knows(peer: Peer, verb_since: list[int] | None = None) -> None:
    """Unavailable for a DPDK whose pdump has no such function."""
    if verb_since:
        need_release(peer.greeting.version, (verb_since[0], verb_since[1]))


def joined(scene: Scene) -> Peer:
    """A secondary that may capture. From 25.11 on it takes part in captures, and must say so."""
    secondary = scene.secondary()
    if secondary.greeting.version[:2] >= [25, 11]:
        secondary.call("pdump_init")
    return secondary


def ready_to_capture(
    scene: Scene, queues: int = 1, init: bool = True, copies: int = COPIES
) -> Capture:
    """All that a capture needs; without `init` a primary that has not called rte_pdump_init."""
    primary = scene.primary(f"--vdev={DEVICE}")
    need_release(primary.greeting.version, (21, 5), ", where a secondary has the ports of net_ring")
    if init:
        assert primary.call("pdump_init").ret == 0
    port_id = bring_up(primary, DEVICE, queues)
    primary.call("pktmbuf_pool_create", name="copies", n=copies)
    primary.call("ring_create", name="captured", count=RING_SIZE)
    return Capture(primary, joined(scene), port_id)
