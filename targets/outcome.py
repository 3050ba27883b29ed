# SPDX-License-Identifier: BSD-3-Clause
"""The errors that end a clause which does not hold: each says what was expected and what was seen."""

from __future__ import annotations

from typing import Sequence


class Breach(AssertionError):
    """The thing under test did something that nobody declared.

    `observed` is the part that is the same every time it happens: recorded breaches are matched
    against it, so it holds no pid, path or time.
    """

    def __init__(self, expected: str, observed: str, more: str = "") -> None:
        super().__init__(
            f"expected {expected}; observed {observed}" + (f"\n{more}" if more else "")
        )
        self.expected = expected
        self.observed = observed
        self.more = more


class Died(Breach):
    """A peer ended in a way that it had not been told to."""


class Hang(Breach):
    """Something that had to happen did not, within the deadline."""


class Leftover(Breach):
    """A scene was left with something that nobody declared: a call unanswered, a process, a core."""


class Inconclusive(AssertionError):
    """The fault did not bite, or what was to be observed never had a chance to happen."""


class TooSlow(Inconclusive):
    """The machine was too slow for an answer in time: says nothing of DPDK."""


class CannotRun(Exception):
    """The run cannot be made. One clear line: what was found, what is needed, what to do."""


class HarnessFault(Exception):
    """Gauntlet itself failed: never DPDK's fault."""


class Unavailable(Exception):
    """This machine lacks what the scene needs; the text says what, and what to do."""


def need_release(version: Sequence[int], first: tuple[int, int], why: str = "") -> None:
    """Unavailable on a DPDK older than `first` (year, month). version: as a peer greets with it."""
    if tuple(version[:2]) < first:
        raise Unavailable(f"needs DPDK {first[0]}.{first[1]:02} or later{why}")
