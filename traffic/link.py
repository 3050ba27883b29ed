# SPDX-License-Identifier: BSD-3-Clause
"""What is used of a wire, whichever it is."""
from __future__ import annotations

from typing import Protocol, Sequence

from traffic.wire import Seen


class Link(Protocol):
    """The part of a wire that a pump needs."""

    def send(self, batch: Sequence[bytes]) -> list[int]:
        """See Wire.send."""

    def receive(self, deadline_ns: int, most: int = 1024) -> list[Seen]:
        """See Wire.receive."""

    def overrun(self) -> int:
        """See Wire.overrun."""


class OwnLink(Link, Protocol):
    """A link that is there inside its with-block only."""

    def __enter__(self) -> Link:
        """See Wire."""

    def __exit__(self, *_: object) -> None:
        """See Wire."""
