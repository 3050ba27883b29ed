# SPDX-License-Identifier: BSD-3-Clause
"""The promise of a ring to its users, in every mode: a queue of bounded length. Pure."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Queue(Generic[T]):
    """Answers as rte_ring.h says that a ring of this capacity answers."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.held: list[T] = []

    @property
    def room(self) -> int:
        """The number that free_space would be now."""
        return self.capacity - len(self.held)

    def put(self, how: str, objs: list[T]) -> tuple[int, int]:
        """`how` is bulk or burst; the number of objects that went in, free_space."""
        n = moves(how, len(objs), self.room)
        self.held += objs[:n]
        return n, self.room

    def take(self, how: str, n: int) -> tuple[int, list[T], int]:
        """The number of objects that came out, they, available."""
        n = moves(how, n, len(self.held))
        taken, self.held = self.held[:n], self.held[n:]
        return n, taken, len(self.held)

    def state(self) -> tuple[int, int, bool, bool]:
        """count, free_count, empty, full."""
        return len(self.held), self.room, not self.held, not self.room


def moves(how: str, n: int, most: int) -> int:
    """The number of objects that bulk or burst moves of n, where most can be moved."""
    if how not in ("bulk", "burst"):
        raise ValueError(f"how is {how!r}; it must be bulk or burst")
    if how == "bulk":
        return n if n <= most else 0
    return min(n, most)
