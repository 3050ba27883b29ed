# SPDX-License-Identifier: BSD-3-Clause
"""What is at the other side of a port: a wire, the owner of a net_ring, or nothing that counts."""

from __future__ import annotations

import abc
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic_ns
from typing import Iterator, Sequence

from conformance.ethdev.started import POOL, Started, wire_of
from traffic.link import Link
from traffic.ports.no_wire import Null, Ring


@dataclass(frozen=True)
class OtherSide(abc.ABC):
    """Where the frames come from that a process receives, and where those go that it sends."""

    up: Started

    @abc.abstractmethod
    def give(self, frames: Sequence[bytes]) -> None:
        """Sends these frames to the port, all to one of its queues."""

    def given(self, frames: Sequence[bytes], came: Sequence[str]) -> int:
        """How many of these frames are among those that have come in at the port."""
        return len({frame.hex() for frame in frames}.intersection(came))

    @abc.abstractmethod
    def take(self, frames: Sequence[bytes], sent: int) -> int:
        """How many of these frames have come, of which the port has taken the first `sent`. Waits for
        them as long as slow answers take."""


@dataclass(frozen=True)
class _Wire(OtherSide):
    """The wire: the kernel's interface, or another process behind it."""

    link: Link

    def give(self, frames: Sequence[bytes]) -> None:
        self.link.send(frames)

    def take(self, frames: Sequence[bytes], sent: int) -> int:
        until_ns = monotonic_ns() + int(self.up.scene.speed.patience_s * 1e9)
        missing = set(frames)
        while missing and monotonic_ns() < until_ns:
            missing -= {seen.data for seen in self.link.receive(until_ns)}
        return len(frames) - len(missing)


class _Owner(OtherSide):
    """The port's owner: each queue of a net_ring has one ring, for what is sent and what is received."""

    def give(self, frames: Sequence[bytes]) -> None:
        batch = [frame.hex() for frame in frames]
        ask = {"port_id": self.up.port_id, "queue_id": self.up.queues - 1}
        self.up.owner.call("eth_tx_burst", frames=batch, pool=POOL, **ask)

    def take(self, frames: Sequence[bytes], sent: int) -> int:
        ask = {"port_id": self.up.port_id, "queue_id": self.up.queues - 1}
        polling = self.up.owner.tell("eth_rx_burst", nb_pkts=len(frames), **ask)
        self.up.owner.expect("polling", of=polling.id)
        if not polling.comes(self.up.scene.speed.patience_s):
            self.up.owner.call("stop", of=polling.id)
        return self.given(frames, polling.answer().frames)


class _Nothing(OtherSide):
    """A net_null: it gives frames by itself, and frees what it takes."""

    def give(self, frames: Sequence[bytes]) -> None:
        """Does nothing: there are frames enough."""

    def given(self, frames: Sequence[bytes], came: Sequence[str]) -> int:
        return len(came)

    def take(self, frames: Sequence[bytes], sent: int) -> int:
        return sent


@contextmanager
def other_side(up: Started) -> Iterator[OtherSide]:
    """The other side of a port, in whose wire's own queue nothing waits."""
    if isinstance(up.port, Null):
        yield _Nothing(up)
    elif isinstance(up.port, Ring):
        yield _Owner(up)
    else:
        with wire_of(up.scene, up.port) as wire:
            yield _Wire(up, wire)
