# SPDX-License-Identifier: BSD-3-Clause
"""What comes of a step: an outcome, or that it is not possible and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from conformance.model import words


class NotPossible(Exception):
    """A step that cannot be taken here; the text says why."""


class Full(NotPossible):
    """The queue of `receiver` is full: its sender blocks."""

    def __init__(self, receiver: str) -> None:
        super().__init__(f"the queue of {receiver} is full")
        self.receiver = receiver


def need(holds: bool, why: str) -> None:
    """Refuses the step, unless it holds."""
    if not holds:
        raise NotPossible(why)


@dataclass
class Outcome:
    """What a step must bring about. timeout: by name, which a request of the step is to be given.
    calls: the numbers of the commands that it gives, in order.  blocks: the last of them does not return.
    seen_by_victim: how many lines a victim says before it dies; 0 if the request only waits in its queue.
    queued: processes in whose empty queue a request of a call that has not returned now waits.
    """

    said: words.Said
    timeout: str
    calls: list[int]
    tally: Counter[str]
    blocks: bool = False
    seen_by_victim: int = 0
    queued: list[str] = field(default_factory=list)
