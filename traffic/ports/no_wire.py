# SPDX-License-Identifier: BSD-3-Clause
"""The port kinds without a wire: net_ring, of which a port is its own other side, and net_null."""
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Mapping

from traffic.ports.port import Ability, Port, PortError


@dataclass(frozen=True)
class NoWire(Port):
    """A port that no frame comes to from outside, and that none leaves."""

    keys: ClassVar[Mapping[str, str]] = {}
    secondary_data_path: ClassVar[Ability] = Ability()
    copies: ClassVar[bool] = False

    @classmethod
    def of(cls, text: str, name: str, options: Mapping[str, str]) -> Port:
        return cls()

    @property
    def wire(self) -> str:
        raise PortError(f"port {self.kind}: {self.has_wire.why_not}; name another kind of port")

    def eal_args(self, queues: int = 1) -> list[str]:
        return [f"--vdev={self.device}"]

    def prepare(self) -> None:
        """Does nothing: there is no wire."""

    def link_up(self) -> None:
        """Does nothing: there is no wire."""


@dataclass(frozen=True)
class Ring(NoWire):
    """net_ring: what is sent to a queue comes back from the queue of that number, in any process.

    A process that echoes feeds itself for ever, so nothing that forwards can be judged here. What is
    sent and received once is accounted for by conformance/ethdev/test_loop.py. A secondary has rx and
    tx since 21.05; before, its probe makes another port. The guide's form has one queue.
    """

    kind: ClassVar[str] = "net_ring"
    has_wire: ClassVar[Ability] = Ability(
        "what is sent comes back to the port itself: an echo would feed itself for ever"
    )


@dataclass(frozen=True)
class Null(NoWire):
    """net_null: frees what is sent, and gives empty frames without end, in any process.

    No frame has a number, so counters and buffers are all that is accounted for, by
    conformance/ethdev/test_loop.py.
    """

    kind: ClassVar[str] = "net_null"
    has_wire: ClassVar[Ability] = Ability(
        "what is sent is freed and what is received is empty: no frame can be accounted for"
    )
