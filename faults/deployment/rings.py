# SPDX-License-Identifier: BSD-3-Clause
"""The rings of a deployment, and the operations that have reserved entries and not committed them.

Source: rte_ring_core.h, struct rte_ring; rte_tailq.h, struct rte_tailq_entry: alike from 20.11 to 26.07.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from faults.deployment.memory import Memory

MODES = ("MT", "ST", "RTS", "HTS")
SIDES = ("enqueue", "dequeue")
# More than any deployment has: the list may change while it is read, and must end.
MOST = 4096

_NAME = 29
# flags, memzone, size, mask, capacity
_HEAD = struct.Struct("=32xi4xQIII")
# The words of a side: head and tail of most modes, and where RTS has its counters.
_SIDE = struct.Struct("=IIIIII")


@dataclass(frozen=True)
class UnderWay:
    """An operation that has moved the head and not the tail. side: of SIDES.  mode: of MODES.  many:
    entries, or for RTS operations.  place: both positions, which change when it goes on."""

    ring: str
    side: str
    mode: str
    many: int
    place: tuple[int, ...]


def under_way(memory: Memory, first: int, cache_line: int) -> set[UnderWay]:
    """The operations under way on each ring. first: the first entry of the tail queue of the rings."""
    found: set[UnderWay] = set()
    entry, number = first, 0
    while entry and number < MOST:
        raw = memory.read(entry, 24)
        if raw is None:
            break
        entry, _, ring = struct.unpack("=QQQ", raw)
        found |= _of_ring(memory, ring, cache_line)
        number += 1
    return found


def _of_ring(memory: Memory, ring: int, cache_line: int) -> set[UnderWay]:
    name, raw = memory.text(ring, _NAME), memory.read(ring, _HEAD.size)
    if not name or raw is None:
        return set()
    _, zone, size, mask, _ = _HEAD.unpack(raw)
    # What a ring must say of itself, or its parts are not where they are looked for.
    if size != mask + 1 or (zone and memory.text(zone, 32) != f"RG_{name}"):
        return set()
    found = set()
    for number, side in enumerate(SIDES):
        words = memory.read(ring + (2 + 2 * number) * cache_line, _SIDE.size)
        if words is not None:
            found |= _of_side(name, side, _SIDE.unpack(words))
    return found


def _of_side(name: str, side: str, words: tuple[int, ...]) -> set[UnderWay]:
    kind = words[2]
    if kind >= len(MODES):
        return set()
    head, tail = words[:2]
    if MODES[kind] == "RTS":  # Each operation counts once, at the head when it begins.
        tail, head = words[0], words[4]
    many = (head - tail) % (1 << 32)
    return {UnderWay(name, side, MODES[kind], many, words)} if many else set()
