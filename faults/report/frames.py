# SPDX-License-Identifier: BSD-3-Clause
"""Which parts of DPDK a thread is in, from its stack: public functions, and libraries whose function has
no name.

A library that is stripped names its public functions only, and a public function that ends with a call of
a private one is not on the stack any more (a tail call): then there is an address in the library alone.
"""

from __future__ import annotations

import re

_MAP = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) ..x\S* \S+ \S+ \d+ +/.*/(librte_\w+)\.so\S*$", re.M)

Modules = list[tuple[int, int, str]]


def modules(maps: str) -> Modules:
    """DPDK's libraries in the text of /proc/PID/maps: begin, end, name without ".so"."""
    return [(int(one[1], 16), int(one[2], 16), one[3]) for one in _MAP.finditer(maps)]


def calls(said: str, tid: int, where: Modules) -> tuple[str, ...] | None:
    """What a thread is in, the outermost first; None if eu-stack says nothing of the thread."""
    _, begun, rest = said.partition(f"TID {tid}:\n")
    if not begun:
        return None
    found: list[str] = []
    for frame in reversed(rest.partition("TID ")[0].splitlines()):
        words = frame.split()
        if len(words) < 2 or not words[0].startswith("#"):
            continue
        name = words[2] if len(words) > 2 else _module(int(words[1], 16), where)
        if name.startswith(("rte_", "librte_")) and name not in found[-1:]:
            found.append(name)
    return tuple(found)


def innermost(said: str, tid: int) -> str:
    """The function that a thread is in, of whatever library; "" if it has no name."""
    _, _, rest = said.partition(f"TID {tid}:\n")
    first = rest.partition("\n")[0].split()
    return first[2] if len(first) > 2 else ""


def _module(address: int, where: Modules) -> str:
    return next((name for begin, end, name in where if begin <= address < end), "")


def named(found: tuple[str, ...]) -> tuple[str, ...]:
    """The public functions among them."""
    return tuple(one for one in found if one.startswith("rte_"))
