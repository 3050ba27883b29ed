# SPDX-License-Identifier: BSD-3-Clause
"""Faults that act on a peer as a whole: killed, stopped, gone without a word; or on many, one after
another.

The gate, that is before, inside or after a request, is where the test puts the with-block: it waits
for the event that says so.
"""

from __future__ import annotations

import os
import resource
import signal
from typing import Any

from faults.fault import Fault
from targets.peer import EAL_FAILED, Peer
from targets.process import Ending
from targets.protocol import Facts


class _OnPeer(Fault):
    def __init__(self, peer: Peer) -> None:
        super().__init__(peer.scene)
        self.peer = peer

    def __str__(self) -> str:
        return f"{self.name} of {self.peer.name}"


class Killed(_OnPeer):
    """SIGKILL; the peer is dead when the block begins."""

    name = "SIGKILL"

    def inject(self) -> None:
        self.peer.kill()

    def took_effect(self) -> bool:
        return self.peer.ending == Ending(signal=signal.SIGKILL)


class ExitedWithoutCleanup(_OnPeer):
    """_exit(0) without rte_eal_cleanup; the peer is gone when the block begins."""

    name = "exit without cleanup"

    def inject(self) -> None:
        self.peer.exit(0)

    def took_effect(self) -> bool:
        return self.peer.ending == Ending(code=0)


class Stopped(_OnPeer):
    """SIGSTOP while the block lasts, then SIGCONT. A peer killed meanwhile is not continued."""

    name = "SIGSTOP"

    def inject(self) -> None:
        self.peer.pause()

    def took_effect(self) -> bool:
        """Every thread must still be stopped at the end of the block."""
        if not self.peer.alive:
            return True
        return set(self.peer.states()) == {"T"}

    def heal(self) -> None:
        if self.peer.alive:
            self.peer.resume()


class FewDescriptors(_OnPeer):
    """RLIMIT_NOFILE leaves the peer room for `free` more descriptors while the block lasts."""

    name = "few descriptors"

    def __init__(self, peer: Peer, free: int) -> None:
        super().__init__(peer)
        self.free = free
        self._limit = 0
        self._before = (0, 0)

    def inject(self) -> None:
        # The limit is on numbers, of which the lowest free one is taken. Only the peer can tell which
        # that is: a thread of it that waits in accept(2) holds a number that /proc does not show. The
        # threads that do are telemetry's, and may have been started only just now.
        accepting = [name for name in self.peer.threads() if "telemet" in name]
        if accepting:
            self.scene.wait_until(
                lambda: "0" not in self.peer.wait_channel(*accepting).split(), "an idle telemetry"
            )
        numbers = [self.peer.call("open", path=os.devnull).ret for _ in range(self.free + 1)]
        for number in numbers:
            self.peer.call("close", fd=number)
        self._limit = numbers[-1]
        self._before = resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE)
        limits = (self._limit, self._before[1])
        resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE, limits)

    def took_effect(self) -> bool:
        """The limit must stand until the end of the block, unless the peer is gone."""
        if not self.peer.alive:
            return True
        return resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE)[0] == self._limit

    def heal(self) -> None:
        if self.peer.alive and self._limit:
            resource.prlimit(self.peer.pid, resource.RLIMIT_NOFILE, self._before)


class RestartStorm(Fault):
    """Secondaries come and are killed, one after another, each started before the last is dead. When the
    block begins all are.

    Each is killed at the next of `moments`: "greeted", before rte_eal_init; "ready", after it; "asking",
    with a request to the primary under way; "asked", while its action runs that the primary asked for.
    """

    name = "restart storm"
    moments = ("greeted", "ready", "asking", "asked")

    def __init__(self, primary: Peer, kills: int) -> None:
        super().__init__(primary.scene)
        self.primary = primary
        self.kills = kills
        self.killed: list[Peer] = []

    @classmethod
    def unavailable(cls, scene: Any) -> str | None:
        why: str | None = scene.isolation.no_secondary
        return why

    def inject(self) -> None:
        self.primary.call("mp_action_register", name="storm_asking", manner="silent")
        last = None
        for number in range(self.kills):
            moment = self.moments[number % len(self.moments)]
            peer = self.scene.start("secondary", hold=moment == "greeted")
            if moment != "greeted":
                # A death while another one attaches is a fault of its own: whom it hits is chance.
                peer.expect("ready")
            if last is not None:
                self._kill(*last)
            last = (peer, moment)
        if last is not None:
            self._kill(*last)

    def _kill(self, peer: Peer, moment: str) -> None:
        under_way = None
        if moment == "asking":
            under_way = peer.tell("mp_request_sync", name="storm_asking", timeout="ample")
            self.primary.expect("action", action="storm_asking")
        elif moment == "asked":
            peer.call("mp_action_register", name="storm_asked", manner="hold")
            self.primary.call("mp_sendmsg", name="storm_asked")
            peer.expect("action", action="storm_asked")
        peer.kill()
        if under_way is not None:
            peer.forget(under_way)
        self.killed.append(peer)

    def took_effect(self) -> bool:
        endings = [peer.ending == Ending(signal=signal.SIGKILL) for peer in self.killed]
        return self.kills > 0 and len(endings) == self.kills and all(endings)

    def heal(self) -> None:
        if self.primary.alive:
            self.primary.call("mp_action_unregister", name="storm_asking")

    def __str__(self) -> str:
        return f"{self.name} of {self.kills}"


class PrimaryReturns(_OnPeer):
    """The primary is killed and another one is started in its place, while others live. When the block
    begins it is `returned`, or `refused` as rte_eal_init said."""

    name = "primary returns"

    def __init__(self, primary: Peer, *eal: str) -> None:
        super().__init__(primary)
        self._eal = eal
        self.returned: Peer | None = None
        self.refused: Facts | None = None

    def __enter__(self) -> PrimaryReturns:
        super().__enter__()
        return self

    def inject(self) -> None:
        self.peer.kill()
        successor = self.scene.start("primary", *self._eal)
        successor.may_end(code=EAL_FAILED)
        self.scene.wait_until(
            lambda: successor.said("ready") or not successor.alive, "rte_eal_init to return"
        )
        if successor.alive:
            self.returned = successor
        else:
            self.refused = successor.expect("eal_failed")

    def took_effect(self) -> bool:
        came = self.returned is not None or self.refused is not None
        return came and self.peer.ending == Ending(signal=signal.SIGKILL)
