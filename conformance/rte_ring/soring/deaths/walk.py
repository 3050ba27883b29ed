# SPDX-License-Identifier: BSD-3-Clause
"""The operations on a staged ordered ring that a process dies in, and each death in words: what the
survivors find.

Pure: it is given what the peer's verb "soring_deaths" answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Iterator

from conformance.deaths import table
from conformance.deaths.range import CALL, Address, Death, LineOf, SourceLine

HERE = Path(__file__).parent

STAGES = ("the first stage", "the last stage")
ELEMS = 15
N = 4  # objects of the operation

# Of the only stage that a repair by rte_soring_release looks at, nobody else has acquired anything.
RELEASED = "; released for it"

HEAD = """\
# What a process that is killed inside one operation on a soring of two stages leaves to the others,
# DPDK {series}: measured. "first-last: outcome @ source": killed after so many instructions, and where
# the next ones come from. The instructions are those of one build of librte_ring: only the order of
# the outcomes is compared. By {made_by}.
"""

TABLE = table.published(HERE, "ci/rings soring --publish", HEAD)


def differences(published: table.Table, seen: table.Table) -> dict[str, str]:
    """The differences to the published table, by operation: only which outcomes follow each other
    counts."""
    told = {
        name: table.difference(published.walks.get(name, []), ranges, same_compiler=False)
        for name, ranges in seen.walks.items()
    }
    return {name: what for name, what in told.items() if what}


@dataclass(frozen=True)
class State:
    """The soring before an operation. put: objects in it.  passed: how many of them each stage has
    released.  earlier: objects that another process has acquired before those that are released, and
    releases after the death."""

    put: int
    passed: tuple[int, ...] = ()
    earlier: int = 0


@dataclass(frozen=True)
class Walk:
    """An operation, with a death at each of its instructions.

    moves: whether there is something for it to move.  modes: of the producer and the consumer.
    """

    name: str
    operation: str
    state: State
    stage: int = 0
    modes: str = "MP-MC"
    moves: bool = True
    repair: str = "none"

    def __str__(self) -> str:
        return self.name

    @property
    def keys(self) -> dict[str, Any]:
        """The keys of the verb soring_deaths, besides those of the soring itself."""
        return {
            "operation": self.operation,
            "stage": self.stage,
            "n": N,
            "put": self.state.put,
            "passed": list(self.state.passed),
            "earlier": self.state.earlier,
            "repair": self.repair,
        }

    def outcome(self, death: Death, line_of: LineOf) -> str:
        """The findings of the survivors after a death, in words. Equal words are the same outcome."""
        words = [
            f"{who} hang" for who in ("producers", "workers", "consumers") if death[f"{who}_hang"]
        ]
        words += [
            f"{stage} stands for ever" + (", marked as being moved on" if marked else "")
            for stage, standing, marked in zip(STAGES, death["standing"], death["marked"])
            if standing or marked
        ]
        if death["stale"]:
            words.append("stale objects come out")
        if death["doubled"]:
            words.append("objects come out twice")
        if death["disordered"]:
            words.append("objects come out in another order")
        stuck = bool(words)
        if not stuck and death["lost"]:
            words.append(f"{death['lost']} are lost")
        if stuck and self.operation == "enqueue":
            words.append(f"its objects {self._come(death)}")
        return "; ".join(words) or self._clean(death)

    def _clean(self, death: Death) -> str:
        """In words, what has become of the operation where nobody suffers."""
        if not self.moves:
            return "nothing is changed"
        if self.operation == "acquire":
            return "nobody else's objects are touched"
        if self.operation == "release":
            return "its objects pass on"
        if death["victims"] not in (0, N):
            return f"{death['victims']} of its objects are moved"
        return f"as if it had died {'after' if death['victims'] else 'before'} the operation"

    @staticmethod
    def _come(death: Death) -> str:
        if death["victims"] in (0, N):
            return "come out" if death["victims"] else "do not come out"
        return "come out in part"


def library(address: Address) -> SourceLine:
    """Where an instruction comes from: DPDK's library, or the call of it."""
    name = Path(address["file"] or "").name.partition(".so")[0]
    return name if name.startswith("librte") else CALL


def walks() -> Iterator[Walk]:
    """The whole table."""
    for mode in ("SP", "MP", "RTS", "HTS"):
        yield Walk(f"{mode} enqueue", "enqueue", State(4), modes=f"{mode}-MC")
    ready = State(8, (8, 8))
    for mode in ("SC", "MC", "RTS", "HTS"):
        yield Walk(f"{mode} dequeue", "dequeue", ready, modes=f"MP-{mode}")
    idle = State(8, (8,))
    yield Walk("MC dequeue in vain", "dequeue", idle, moves=False)
    yield Walk("acquire in the last stage, in vain", "acquire", State(8), 1, moves=False)
    yield Walk("release before an earlier one", "release", State(8, (), 2))
    for operation in ("acquire", "release"):
        for stage, name in enumerate(STAGES):
            its = Walk(f"{operation} in {name}", operation, State(8, (8,) * stage), stage)
            yield its
            yield replace(its, name=its.name + RELEASED, repair="release")
