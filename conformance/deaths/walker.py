# SPDX-License-Identifier: BSD-3-Clause
"""Lets a peer die at each instruction of one operation after another, and folds what it finds."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, Protocol, TypeVar

from conformance.deaths.range import Address, Death, LineOf, Range, SourceLine, fold
from conformance.deaths.source_line import SourceLines
from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer


class Operation(Protocol):
    """An operation that a process dies in."""

    @property
    def keys(self) -> dict[str, Any]:
        """The keys of the verb that walks through the operation."""

    def outcome(self, death: Death, line_of: LineOf) -> str:
        """The findings of the survivors after a death, in words. Equal words are the same outcome."""


Op = TypeVar("Op", bound=Operation)


class Walker(Generic[Op]):
    """Walks in one peer. verb: the peer's, which does one walk.

    points: how many deaths there have been.  took_ns: how long the peer has stepped.
    """

    verb: ClassVar[str]

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.points = 0
        self.took_ns = 0
        self._source = SourceLines(peer.scene.root)

    def prepare(self, operation: Op) -> None:
        """Makes what the operation needs."""

    def line_of(self, address: Address) -> SourceLine:
        """The line of source that an instruction comes from; the death must have been `located`."""
        return self._source(address)

    @observed
    def deaths(self, operation: Op, **keys: Any) -> list[Death]:
        """The findings of the peer, instruction by instruction. keys: more keys of the verb."""
        self.prepare(operation)
        deadline_s = 6 * self.peer.scene.speed.deadline_s
        told = self.peer.call(self.verb, deadline_s, **operation.keys, **keys)
        if told.ret < 0:
            raise Inconclusive(f"no process can be traced here: {told.rte_errno}")
        deaths: list[Death] = told.raw["deaths"]
        self.points += len(deaths)
        self.took_ns += told.raw.get("took_ns", 0)
        return deaths

    def located(self, operation: Op, **keys: Any) -> list[Death]:
        """The findings of `deaths`; after this `line_of` knows where each instruction comes from."""
        deaths = self.deaths(operation, **keys)
        met: list[Address] = []
        for death in deaths:
            met += [death["at"]] if death["at"] else []
            met += [at for key, value in death.items() if key.endswith("_hang") for at in value]
        self._source.learn(met)
        return deaths

    def words(self, operation: Op, **keys: Any) -> list[str]:
        """The outcome of each death, in words."""
        return [operation.outcome(death, self.line_of) for death in self.located(operation, **keys)]

    def ranges(self, operation: Op, **keys: Any) -> list[Range]:
        """Every instruction of one operation, folded."""
        deaths = self.located(operation, **keys)
        return fold(deaths, lambda death: operation.outcome(death, self.line_of), self.line_of)
