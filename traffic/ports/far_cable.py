# SPDX-License-Identifier: BSD-3-Clause
"""The end of a cable on another host: asked about, by the same rules, and used there."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from traffic.far.address import SCHEME, SshAddress
from traffic.far.connection import Connection, FarError
from traffic.far.wire import FarWire
from traffic.ports.port import PortError


@dataclass(frozen=True)
class FarCable:
    """The interface `name` of the host. See Cable."""

    host: SshAddress
    name: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.host}/{self.name}"

    def announce(self) -> list[str]:
        """See Cable.announce."""
        return [
            f"runs Gauntlet's sender and receiver on {self.host}, by SSH and from memory: nothing is"
            " installed there, and nothing stays"
        ]

    def wire(self) -> FarWire:
        """See Cable.wire."""
        return FarWire(Connection(self.host), self.name)

    def why_not(self) -> str | None:
        """See Cable.why_not; also why the host cannot be asked."""
        try:
            why = self._ask("why_not")
        except FarError as error:
            return str(error)
        return f"on {self.host}: {why}" if why else None

    def carries(self, wait_s: float) -> bool:
        """See Cable.carries. FarError when the host cannot be asked."""
        return bool(self._ask("carries", wait_s))

    def describe(self) -> str:
        """See Cable.describe. PortError when the host cannot be asked."""
        try:
            return f"{self._ask('describe')}, on {self.host}"
        except FarError as error:
            raise PortError(f"wire {self}: {error}") from error

    def _ask(self, what: str, *about: Any) -> Any:
        with Connection(self.host) as connection:
            return connection.ask(what, self.name, *about)
