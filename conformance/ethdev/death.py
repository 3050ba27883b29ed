# SPDX-License-Identifier: BSD-3-Clause
"""A process that dies while frames flow: what it had in hand, and what that may cost."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Iterator

from conformance.ethdev.started import exact
from faults.process import Killed
from targets.peer import Peer, Pending
from targets.threads import cpu_s
from traffic.account import Window
from traffic.pump import Pump

IN_HAND = "in the victim's hands"


@dataclass
class Death:
    """held: (flow, seq) of what the victim has in hand where it holds.  worked: what it has counted."""

    victim: Peer
    worked: int = 0
    held: list[tuple[int, int]] = field(default_factory=list)

    @property
    def windows(self) -> list[Window]:
        """These frames, and no others, may be missing."""
        return [Window(flow, seq, seq, 1, IN_HAND) for flow, seq in self.held]

    def wait(self) -> None:
        """Until the victim holds."""
        holding = self.victim.expect("holding")
        self.held = [(flow, seq) for flow, seq in holding.numbers]
        self.worked = holding.worked

    @contextmanager
    def now(self, pump: Pump) -> Iterator[None]:
        """In the block it is dead, and what it held is not waited for."""
        with Killed(self.victim):
            pump.forgive(len(self.held))
            yield

    def only(self, sent: int) -> str:
        """The account when it has lost what it had in hand, and nothing else."""
        return exact(sent, sent - len(self.held))


def hangs(peer: Peer, loop: Pending) -> bool:
    """Whether a loop that is told to stop computes on, for longer than one takes to notice. Then nobody
    is to wait for its answer."""
    peer.call("stop", of=loop.id)
    scene, before_s = peer.scene, cpu_s(peer.pid)
    scene.wait_until(
        lambda: loop.answered or cpu_s(peer.pid) - before_s > scene.speed.brief_s,
        f"{peer.name} to stop, or to compute on",
    )
    return not loop.answered


def works_or_waits(peer: Peer) -> None:
    """It has computed for longer than a burst takes: it has come to whatever is in its way."""
    before_s = cpu_s(peer.pid)
    peer.scene.wait_until(
        lambda: cpu_s(peer.pid) - before_s > peer.scene.speed.brief_s, f"{peer.name} to compute"
    )
