# SPDX-License-Identifier: BSD-3-Clause
"""A process that dies while frames flow: what it had in hand, and what that may cost."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Iterator

from conformance.ethdev.started import exact
from faults.process import Killed
from targets.peer import Peer, Pending
from targets.threads import scheduled
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
        """Windows of the account: these frames, and no others, may be missing."""
        return [Window(flow, seq, seq, 1, IN_HAND) for flow, seq in self.held]

    def wait(self) -> None:
        """Waits until the victim holds."""
        holding = self.victim.expect("holding")
        self.held = [(flow, seq) for flow, seq in holding.numbers]
        self.worked = holding.worked

    @contextmanager
    def now(self, pump: Pump) -> Iterator[None]:
        """Kills the victim. Within the block it is dead, and its frames are not waited for."""
        with Killed(self.victim):
            pump.forgive(len(self.held))
            yield

    def only(self, sent: int) -> str:
        """The account when it has lost what it had in hand, and nothing else."""
        return exact(sent, sent - len(self.held))


# A loop does each of its rounds in far less CPU time than this, and at least one in each turn on a CPU.
ROUNDS_S = 0.1
TURNS = 50


def _runs_on(peer: Peer) -> Callable[[], bool]:
    """Tells whether a peer has run, from now on, for longer than a round of its loop takes.

    A loop that finds nothing gives its CPU back at once. On a busy machine such a loop uses no CPU time
    that could be counted, so its turns are counted, too.
    """

    def used() -> tuple[float, int]:
        seen = scheduled(peer.pid).values()
        return sum(thread.ran_s for thread in seen), sum(thread.turns for thread in seen)

    ran_s, turns = used()

    def runs_on() -> bool:
        now_s, now_turns = used()
        return now_s - ran_s > ROUNDS_S or now_turns - turns > TURNS

    return runs_on


def hangs(peer: Peer, loop: Pending) -> bool:
    """True if a loop that is told to stop runs on for longer than a round takes. Then nobody may wait
    for its answer."""
    peer.call("stop", of=loop.id)
    runs_on = _runs_on(peer)
    peer.scene.wait_until(
        lambda: loop.answered or runs_on(), f"{peer.name} to stop, or to compute on"
    )
    return not loop.answered


def works_or_waits(peer: Peer) -> None:
    """Waits until the peer has run for longer than a burst takes: it has come to what is in its way."""
    peer.scene.wait_until(_runs_on(peer), f"{peer.name} to compute")
