# SPDX-License-Identifier: BSD-3-Clause
"""Makes a scenario shorter that fails, as long as it fails in the same way. Knows no DPDK."""

from __future__ import annotations

import math
import re
from typing import Callable, Iterator

#: Whether a text fails in the way that is looked for.
Fails = Callable[[str], bool]

# A way of failing that is missed in so few of all cases is taken for gone.
MISSED = 0.01
# What fails more seldom than once in so many runs is not made shorter.
MOST_TRIES = 500

# Simpler words for others: less to read, and less to wait for.
_SIMPLER = (
    (r"timeout=ample", "timeout=patience"),
    (r"timeout=patience", "timeout=brief"),
    (r' (?:reply_)?param=(?:"(?:\\.|[^"\\])*"|[0-9a-f]+)', ""),
    (r"(starts)(?: \S+)+", r"\1"),
    (r" (\w[\w.]*)=(\S+)$", ""),
)


def tries(failed: int, told: int) -> int:
    """How often a text must be run before it is taken for one that no longer fails, where the first one
    has failed so many of so many times."""
    rate = failed / told
    if rate >= 1:
        # Seen to fail each time, in so many runs: it may be that it does not.
        rate = 1 - 1 / (told + 1)
    return min(MOST_TRIES, max(1, math.ceil(math.log(MISSED) / math.log(1 - rate))))


def shorten(text: str, fails: Fails, shorter: Callable[[str], None] = lambda text: None) -> str:
    """The shortest text that was found. shorter: is told each that is shorter than all before."""
    found, tried = text, {text}
    while True:
        for candidate in _candidates(found):
            if candidate in tried:
                continue
            tried.add(candidate)
            if fails(candidate):
                found = candidate
                shorter(found)
                break
        else:
            return found


def _candidates(text: str) -> Iterator[str]:
    """Texts that are shorter or simpler, those that may save most at first."""
    lines = text.splitlines()
    steps = [number for number, line in enumerate(lines) if _is_step(line)]
    for who in sorted({word for n in steps for word in _named(lines[n])}, reverse=True):
        yield _without(lines, [n for n in steps if who in re.findall(r"\w+", lines[n])])
    size = len(steps) // 2
    while size:
        for begin in range(0, len(steps), size):
            yield _without(lines, steps[begin : begin + size])
        size //= 2
    for number in steps:
        for pattern, simpler in _SIMPLER:
            for place in re.finditer(pattern, lines[number]):
                line = lines[number]
                new = line[: place.start()] + place.expand(simpler) + line[place.end() :]
                if new != line:
                    yield "\n".join([*lines[:number], new, *lines[number + 1 :]]) + "\n"


def _is_step(line: str) -> bool:
    return line.split()[:1] not in ([], ["promise"]) and not line.lstrip().startswith("#")


def _named(line: str) -> list[str]:
    """The processes and ghosts that a line is about."""
    return re.findall(r"\b(?:primary|secondary|ghost)\d+\b", line)


def _without(lines: list[str], numbers: list[int]) -> str:
    gone = set(numbers)
    return "\n".join(line for number, line in enumerate(lines) if number not in gone) + "\n"
