# SPDX-License-Identifier: BSD-3-Clause
"""A secondary that receives from a port or sends to it, whatever its owner does with the port."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.ethdev.life.other_side import other_side
from conformance.ethdev.started import POOL, Started
from conformance.roles import settle
from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer, Pending
from traffic.frame import build

FRAMES = 16
RETURNED = "returned"

# No clause that forwards has a flow of this number.
_FLOW = 0x11FE

_BATCH = build(_FLOW, 0, FRAMES)
_HEX = [frame.hex() for frame in _BATCH]

does_each = pytest.mark.parametrize("does", ["polls", "sends"])


@dataclass(frozen=True)
class Onlooker:
    """The process that polls or sends; the port as its owner has set it up last."""

    up: Started
    peer: Peer

    @property
    @observed
    def has_it(self) -> bool:
        """Whether it has the port at all: who has not, has bursts that do nothing."""
        return bool(self.peer.call("eth_dev_count_avail").ret)

    def settles(self) -> None:
        """Waits until it has handled all that the owner has sent: descriptors, at each start of a tap."""
        settle(self.up.owner, self.peer)

    @observed
    def carries(self, does: str) -> int:
        """How many of FRAMES it receives that are there for it, or arrive when it has sent them.

        It polls all queues, or one where each has a copy, and sends by the last one: by which queue a
        frame comes in is up to the other side.
        """
        return self._receives() if does == "polls" else self._sends()

    def gets_frames(self) -> None:
        """FRAMES come to the port and wait there: nobody polls."""
        with other_side(self.up) as other:
            other.give(_BATCH)

    @observed
    def tries(self, does: str, queue_id: int = 0) -> str:
        """What comes of one burst, whatever it carries: it returns, or its process dies."""
        self._one(does, queue_id).answer()
        return RETURNED

    @observed
    def burst(self, does: str) -> int:
        """How many frames one burst receives, or takes to be sent."""
        return int(self._one(does).answer().ret)

    def held(self, does: str) -> Pending:
        """A burst that is held inside its driver; Inconclusive where the burst goes through."""
        burst = self._one(does, hold=True)
        self.peer.comes(
            lambda: self.peer.said("held") or burst.answered,
            "a held burst",
            self.up.scene.speed.deadline_s,
        )
        if not self.peer.said("held"):
            raise Inconclusive(f"the burst of {self.peer.name} was not held: it has gone through")
        self.peer.expect("held", of=burst.id)
        return burst

    @observed
    def release(self, burst: Pending) -> str:
        """Lets a held burst go on. As tries()."""
        self.peer.call("release", of=burst.id)
        burst.answer()
        return RETURNED

    def _one(self, does: str, queue_id: int = 0, **more: bool) -> Pending:
        if does == "polls":
            return self._poll(queue_id, polls=1, **more)
        return self._send(queue_id, _HEX, **more)

    def _poll(self, queue_id: int, **more: int) -> Pending:
        ask = {"port_id": self.up.port_id, "queue_id": queue_id, **more}
        return self.peer.tell("eth_rx_burst", nb_pkts=FRAMES, **ask)

    def _send(self, queue_id: int, frames: list[str], **more: int) -> Pending:
        ask = {"port_id": self.up.port_id, "queue_id": queue_id, **more}
        return self.peer.tell("eth_tx_burst", frames=frames, pool=POOL, **ask)

    def _receives(self) -> int:
        queues = range(1 if self.up.port.copies else self.up.queues)
        with other_side(self.up) as other:
            polls = [self._poll(queue) for queue in queues]
            for poll in polls:
                self.peer.expect("polling", of=poll.id)
            other.give(_BATCH)
            patience_s = self.up.scene.speed.patience_s
            self.peer.comes(lambda: any(poll.answered for poll in polls), "frames", patience_s)
            for poll in polls:
                if not poll.answered:
                    self.peer.call("stop", of=poll.id)
            came = [frame for poll in polls for frame in poll.answer().frames]
            return min(FRAMES, other.given(_BATCH, came))

    def _sends(self) -> int:
        """The first burst may take nothing: that of a net_memif asks the primary for its regions."""
        last = self.up.queues - 1
        with other_side(self.up) as other:
            sent = int(self._send(last, _HEX).answer().ret)
            sent += int(self._send(last, _HEX[sent:]).answer().ret)
            return other.take(_BATCH, sent)
