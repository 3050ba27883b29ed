# SPDX-License-Identifier: BSD-3-Clause
"""Which orders are tried: by chance, or all with a few switches. And of one that fails, the shortest."""

from __future__ import annotations

import random
from collections import deque
from typing import Callable, Iterator

from faults.schedule import Decision, Order, Switch

Choices = tuple[Decision, ...]

# Decisions of an order of which none has been seen.
_FIRST_GUESS = 50


class ByChance:
    """Priorities by chance, each with `depth` - 1 changes among as many decisions as there were."""

    def __init__(self, seed: int, depth: int) -> None:
        self._seed = seed
        self._depth = depth
        self._longest = _FIRST_GUESS

    def __iter__(self) -> Iterator[Order]:
        number = 0
        while True:
            chance = random.Random(f"{self._seed}/{number}")
            changes = [chance.randrange(self._longest) for _ in range(self._depth - 1)]
            yield Order(seed=chance.getrandbits(64), changes=tuple(sorted(changes)))
            number += 1

    def seen(self, choices: Choices) -> None:
        """At each decision of the order that was tried last: who went on, and who could."""
        self._longest = max(len(choices), 2)


class All:
    """The order by the rule, then all with one switch, and so on up to `depth` of them."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._next: deque[tuple[Switch, ...]] = deque([()])

    def __iter__(self) -> Iterator[Order]:
        while self._next:
            self._tried = self._next.popleft()
            yield Order(self._tried)

    def seen(self, choices: Choices) -> None:
        """At each decision of the order that was tried last: who went on, and who could."""
        if len(self._tried) == self._depth:
            return
        first = self._tried[-1].at + 1 if self._tried else 0
        for at, one in list(enumerate(choices))[first:]:
            others = (who for who in one.able if who != one.chosen)
            self._next.extend((*self._tried, Switch(at, who)) for who in others)


def shorten(
    switches: tuple[Switch, ...], fails: Callable[[tuple[Switch, ...]], tuple[Switch, ...] | None]
) -> tuple[Switch, ...]:
    """The fewest switches that were found to fail. fails: the switches that were needed, None where
    these do not fail in the same way."""
    size = max(1, len(switches) // 2)
    while switches:
        for first in range(len(switches) - size, -size, -size):
            fewer = switches[: max(0, first)] + switches[max(0, first) + size :]
            if (found := fails(fewer)) is not None:
                switches = found
                break
        else:
            if size == 1:
                break
            size //= 2
            continue
        size = min(size, max(1, len(switches) // 2))
    return switches
