# SPDX-License-Identifier: BSD-3-Clause
"""An operation that is under way is seen on each side of each mode, and a ring that is none is left
alone."""

from __future__ import annotations

import ctypes
import os
import struct

import pytest

from faults.deployment.memory import Memory
from faults.deployment.rings import UnderWay, under_way

LINE = 64


class _List:
    """Rings in our own memory, in a list as DPDK has it."""

    def __init__(self) -> None:
        self._kept: list[ctypes.Array[ctypes.c_char]] = []
        self.first = 0

    def _put(self, data: bytes) -> int:
        self._kept.append(ctypes.create_string_buffer(data, len(data) + 8))
        return ctypes.addressof(self._kept[-1])

    def add(
        self, name: str, enqueue: tuple[int, ...], dequeue: tuple[int, ...], **odd: int
    ) -> None:
        """A ring of 8; enqueue, dequeue: the words of its sides."""
        zone = self._put(f"RG_{name}".encode().ljust(33, b"\0"))
        size = odd.get("size", 8)
        head = struct.pack("=32si4xQIII", name.encode(), 0, odd.get("zone", zone), size, 7, 7)
        sides = [struct.pack("=6I", *side, *[0] * (6 - len(side))) for side in (enqueue, dequeue)]
        ring = head.ljust(2 * LINE, b"\0") + sides[0].ljust(2 * LINE, b"\0") + sides[1]
        self.first = self._put(struct.pack("=QQQ", self.first, 0, self._put(ring)))

    def seen(self) -> set[tuple[str, str, str, int]]:
        with Memory(os.getpid()) as memory:
            return {_told(one) for one in under_way(memory, self.first, LINE)}


def _told(one: UnderWay) -> tuple[str, str, str, int]:
    return one.ring, one.side, one.mode, one.many


@pytest.mark.parametrize(
    "words, mode, many",
    [
        ((5, 3, 0), "MT", 2),
        ((5, 3, 1), "ST", 2),
        ((5, 3, 3), "HTS", 2),
        ((1, 0xFFFFFFFF, 0), "MT", 2),
        ((4, 0, 2, 1, 5, 9), "RTS", 1),
    ],
)
def test_each_side_of_each_mode(words: tuple[int, ...], mode: str, many: int) -> None:
    idle = (3, 3, 0)
    rings = _List()
    rings.add("put", words, idle)
    rings.add("take", idle, words)
    assert rings.seen() == {("put", "enqueue", mode, many), ("take", "dequeue", mode, many)}


def test_ring_at_rest_has_none() -> None:
    rings = _List()
    rings.add("rest", (7, 7, 0), (4, 9, 2, 1, 4, 9))
    assert rings.seen() == set()


@pytest.mark.parametrize("odd", [{"size": 9}, {"zone": 8}])
def test_what_is_no_ring_is_left_alone(odd: dict[str, int]) -> None:
    rings = _List()
    rings.add("odd", (5, 3, 0), (3, 3, 0), **odd)
    assert rings.seen() == set()


def test_list_that_does_not_end_is_left() -> None:
    entry = ctypes.create_string_buffer(24)
    at = ctypes.addressof(entry)
    struct.pack_into("=QQQ", entry, 0, at, 0, 0)
    with Memory(os.getpid()) as memory:
        assert under_way(memory, at, LINE) == set()
        assert under_way(memory, 8, LINE) == set()
