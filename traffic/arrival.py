# SPDX-License-Identifier: BSD-3-Clause
"""An arrival: a Frame that is whole, or a Corrupt one."""
from __future__ import annotations

from dataclasses import dataclass

# An identity: (flow, seq), or (producer, seq) for objects through rings.
Number = tuple[int, int]


@dataclass(frozen=True)
class Frame:
    """A whole frame: its checksum is good, so its numbers can be believed.

    `worked` is how many processes touched it (modulo 256). It lies outside the checksum, because
    they change it on the way.
    """

    flow: int
    seq: int
    worked: int = 0


@dataclass(frozen=True)
class Corrupt:
    """A frame that is ours and not whole: `why`, and the bytes for `frame.explain`.

    `flow` and `seq` are what it claims to be, None when it is too short to claim anything.
    """

    why: str
    data: bytes
    flow: int | None = None
    seq: int | None = None

    def __str__(self) -> str:
        claim = "no numbers" if self.flow is None else f"claims flow {self.flow} seq {self.seq}"
        return f"{claim} ({self.why})"
