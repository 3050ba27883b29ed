# SPDX-License-Identifier: BSD-3-Clause
"""Lets a peer walk through operations on a staged ordered ring."""

from __future__ import annotations

from typing import Any

from conformance.deaths.range import Address, Death, SourceLine
from conformance.deaths.walker import Walker
from conformance.rte_ring.soring.api import parameters
from conformance.rte_ring.soring.deaths.walk import ELEMS, STAGES, Walk, library
from targets.peer import Peer


class SoringWalker(Walker[Walk]):
    """Walks on sorings of its own, one for each pair of modes."""

    verb = "soring_deaths"

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._sorings: dict[str, dict[str, Any]] = {}

    def prepare(self, operation: Walk) -> None:
        """Makes the soring of the modes."""
        if operation.modes in self._sorings:
            return
        keys = parameters(self.peer, operation.modes, elems=ELEMS, stages=len(STAGES))
        size = self.peer.call("soring_get_memsize", **keys).ret
        zone = self.peer.call("memzone_reserve", name=keys["name"], len=size)
        made = self.peer.call("soring_init", soring=zone.addr, **keys)
        assert made.ret == 0, f"no soring {operation.modes}: {made.errno}"
        self._sorings[operation.modes] = {**keys, "soring": zone.addr}

    def deaths(self, operation: Walk, **keys: Any) -> list[Death]:
        """The findings of the peer, on the soring of the operation's modes."""
        self.prepare(operation)
        return super().deaths(operation, **self._sorings[operation.modes], **keys)

    def line_of(self, address: Address) -> SourceLine:
        """The library: it has no debug information."""
        return library(address)
