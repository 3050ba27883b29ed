# SPDX-License-Identifier: BSD-3-Clause
"""What a process that is killed inside a get or a put leaves of the pool, in words.

Pure: it is given what the peer's verb "mempool_deaths" answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.deaths import table
from conformance.deaths.range import CALL, Address, Death, LineOf, SourceLine

HERE = Path(__file__).parent

NAME = "walked"
POOL = {"n": 255, "cache_size": 32, "data_room_size": 0}  # of pktmbuf_pool_create
N = 8  # objects that the dead one was moving

# The cache is refilled when it has too few, and flushed when more than 1.5 times its size would be in
# it.
WALKS = {
    "get of 8 from a cache of 16": (False, 16),
    "get of 8 from a cache of 4, which is refilled": (False, 4),
    "put of 8 into a cache of 16": (True, 16),
    "put of 8 into a cache of 44, which is flushed": (True, 44),
}

HEAD = """\
# What a process that is killed inside rte_mempool_get_bulk or rte_mempool_put_bulk leaves of the pool,
# DPDK {series}: measured. 255 mbufs, caches of 32; "gone": nobody has them, nobody can get them.
# Numbers of instructions are those of this compiler. By {made_by}.
"""

TABLE = table.published(HERE, "ci/rings mempool --publish", HEAD)


@dataclass(frozen=True)
class PoolWalk:
    """One operation, by its name in WALKS."""

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def keys(self) -> dict[str, Any]:
        """Of the verb mempool_deaths."""
        puts, cached = WALKS[self.name]
        return {"name": NAME, "puts": puts, "n": N, "cached": cached}

    def outcome(self, death: Death, line_of: LineOf) -> str:
        """One death in words: what the others find. The same words are the same outcome."""
        words = [f"{who} hang" for who in ("getters", "putters") if death[f"{who}_hang"]]
        if death["getters_hang"]:
            words.append(f"{death['gone']} are out of reach")
        elif death["gone"]:
            words.append(f"{death['gone']} are gone")
        if death["doubled"]:
            words.append(f"{death['doubled']} can be had twice")
        return "; ".join(words) or "nothing is gone"


def driver(address: Address, line: SourceLine) -> SourceLine:
    """Where an instruction comes from, where `line` is what its debug information says; the mempool's
    driver is a library without any."""
    library = Path(address["file"] or "").name.partition(".so")[0]
    return library if line == CALL and library.startswith("librte") else line
