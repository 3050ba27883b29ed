# SPDX-License-Identifier: BSD-3-Clause
"""Which parts of DPDK a thread is in, from its stack: public functions, and libraries whose function has
no name.

A library that is stripped names its public functions only, and a public function that ends with a call of
a private one is not on the stack any more (a tail call): then there is an address in the library alone.
"""

from __future__ import annotations

import re

from targets import stacks

_MAP = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) ..x\S* \S+ \S+ \d+ +/.*/(librte_\w+)\.so\S*$", re.M)

Modules = list[tuple[int, int, str]]


def modules(maps: str) -> Modules:
    """DPDK's libraries in the text of /proc/PID/maps: begin, end, name without ".so"."""
    return [(int(one[1], 16), int(one[2], 16), one[3]) for one in _MAP.finditer(maps)]


def calls(said: str, tid: int, where: Modules) -> tuple[str, ...] | None:
    """What a thread is in, the outermost first; None if eu-stack says nothing of the thread."""
    frames = stacks.frames(said, tid)
    if frames is None:
        return None
    found: list[str] = []
    for frame in reversed(frames):
        name = frame.name or _module(frame.address, where)
        if name.startswith(("rte_", "librte_")) and name not in found[-1:]:
            found.append(name)
    return tuple(found)


def innermost(said: str, tid: int) -> str:
    """The function that a thread is in, of whatever library; "" if it has no name."""
    frames = stacks.frames(said, tid)
    return frames[0].name if frames else ""


def _module(address: int, where: Modules) -> str:
    return next((name for begin, end, name in where if begin <= address < end), "")


def named(found: tuple[str, ...]) -> tuple[str, ...]:
    """The public functions among them."""
    return tuple(one for one in found if one.startswith("rte_"))
