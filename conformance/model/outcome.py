# SPDX-License-Identifier: BSD-3-Clause
"""The result of a step: an outcome, or the reason why the step is not possible."""

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
    """The expected effects of a step. timeout: the name of the timeout that a request of the step is
    given. calls: the numbers of the commands that the step gives, in order. blocks: the last command
    does not return. seen_by_victim: the number of lines that a victim says before it dies; 0 if the
    request only waits in its queue. queued: the processes in whose empty queue a request of a call that
    has not returned now waits."""

    said: words.Said
    timeout: str
    calls: list[int]
    tally: Counter[str]
    blocks: bool = False
    seen_by_victim: int = 0
    queued: list[str] = field(default_factory=list)
