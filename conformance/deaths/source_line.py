# SPDX-License-Identifier: BSD-3-Clause
"""The line of DPDK's headers that an instruction comes from, by the debug information of its file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from conformance.deaths.range import CALL
from targets.root import REPOSITORY, Root

_LINE = re.compile(r"^(?:.*/)?([^/:]+):(\d+)")


class SourceLines:
    """Asks addr2line once for each file and offset. root: where the files are."""

    def __init__(self, root: Root | None = None) -> None:
        self._root = root
        self._known: dict[tuple[str, int], str] = {}

    def learn(self, places: list[dict[str, Any]]) -> None:
        """Places as the peer says them: {"file", "offset"}. One process for all of a file."""
        by_file: dict[str, set[int]] = {}
        for place in places:
            if (place["file"], place["offset"]) not in self._known:
                by_file.setdefault(place["file"], set()).add(place["offset"])
        for file, offsets in by_file.items():
            wanted = sorted(offsets)
            for offset, chain in zip(wanted, _ask(self._outside(file), wanted)):
                self._known[file, offset] = _of_ring(chain)

    def _outside(self, file: str) -> str:
        """The path of a file, as it is called outside of the root."""
        if self._root is None or Path(file).is_relative_to(REPOSITORY):
            return file
        return str(self._root.outside(file))

    def __call__(self, place: dict[str, Any]) -> str:
        """ "rte_ring_elem_pvt.h:132", learnt before."""
        return self._known[place["file"], place["offset"]]


def _ask(file: str, offsets: list[int]) -> list[list[str]]:
    """For each offset, the places from the innermost inlined function outwards."""
    argv = ["eu-addr2line", "--inlines", "--addresses", "-e", file, *map(hex, offsets)]
    said = subprocess.run(argv, capture_output=True, text=True).stdout
    chains: list[list[str]] = []
    for line in said.splitlines():
        if line.startswith("0x"):
            chains.append([])
        elif chains and (found := _LINE.match(line)):
            chains[-1].append(f"{found[1]}:{found[2]}")
    return chains


def _of_ring(chain: list[str]) -> str:
    """The innermost place in a header of the ring, or of a mempool; the function's own beginning and end
    are ours."""
    inside = [place for place in chain if place.startswith(("rte_ring", "rte_mempool"))]
    return inside[0] if inside else CALL
