# SPDX-License-Identifier: BSD-3-Clause
"""The promise of a staged ordered ring to its users: a queue of bounded length, whose objects pass
through all stages in the order in which they came. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.rte_ring.bounded_queue import moves


@dataclass
class Acquired:
    """Objects that one acquire has handed out, and whether they are released."""

    stage: int
    first: int  # the number of the first of them, of all objects that ever went in
    n: int
    released: bool = False


@dataclass
class Stage:
    """head: the number of the next object to acquire.  tail: all before it have left the stage."""

    head: int = 0
    tail: int = 0
    held: list[Acquired] = field(default_factory=list)


class StagedQueue:
    """Answers as rte_soring.h says that a soring of these stages and elements answers."""

    def __init__(self, capacity: int, stages: int) -> None:
        self.capacity = capacity
        self.stages = [Stage() for _ in range(stages)]
        self._objs: list[Any] = []
        self._out = 0

    @property
    def room(self) -> int:
        """The number that free_space would be now."""
        return self.capacity - self.count

    @property
    def count(self) -> int:
        """The number of objects that are in it, in whatever stage."""
        return len(self._objs) - self._out

    @property
    def contents(self) -> list[Any]:
        """All objects that are in it, in order."""
        return self._objs[self._out :]

    def enqueue(self, how: str, objs: list[Any]) -> tuple[int, int]:
        """`how` is bulk or burst; the number of objects that went in, free_space."""
        n = moves(how, len(objs), self.room)
        self._objs += objs[:n]
        return n, self.room

    def acquire(self, how: str, stage: int, num: int) -> tuple[Acquired, list[Any], int]:
        """What was handed out, its objects, available."""
        its = self.stages[stage]
        before = len(self._objs) if stage == 0 else self.stages[stage - 1].tail
        got = Acquired(stage, its.head, moves(how, num, before - its.head))
        its.head += got.n
        if got.n:
            its.held.append(got)
        return got, self._objs[got.first : its.head], before - its.head

    def release(self, got: Acquired, objs: list[Any] | None = None) -> None:
        """The objects that were handed out, or what they have become, go on."""
        if objs is not None:
            self._objs[got.first : got.first + got.n] = objs
        got.released = True
        its = self.stages[got.stage]
        while its.held and its.held[0].released:
            its.tail += its.held.pop(0).n

    def dequeue(self, how: str, num: int) -> tuple[int, list[Any], int]:
        """The number of objects that came out, they, available."""
        ready = self.stages[-1].tail - self._out
        n = moves(how, num, ready)
        taken = self._objs[self._out : self._out + n]
        self._out += n
        return n, taken, ready - n
