# SPDX-License-Identifier: BSD-3-Clause
"""Measures the cost of a ring between processes: cycles an object, by mode, burst and where the
processes run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from conformance.rte_ring.api import PAIRS, flags
from targets.peer import Peer
from targets.scene import Scene

BURSTS = (1, 8, 32, 128)

# Where the processes run. ALONE is one process that puts in and takes out again: the instructions
# alone, and no cache line that another core has.
ALONE, APART, TOGETHER = "one process", "two cores", "one core"

RING_SIZE = 4096  # That of ring_perf_autotest, which this stands beside.
OBJECTS = 8192  # of a slice
SLICES = 12  # of a round, the first and the last of which do not count
ROUNDS = 25


@dataclass(frozen=True)
class Cell:
    """A figure of the table."""

    mode: str
    burst: int
    place: str

    def __str__(self) -> str:
        return f"{self.mode} {self.burst} {self.place}"


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The first and the third; of one value, that."""
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = quantiles(values, n=4, method="inclusive")
    return first, third


@dataclass
class Costs:
    """The costs of a cell: for each round, the cycles that an object has cost on its way in and out.

    preempted: how often the processes lost their CPUs to others meanwhile.
    """

    rounds: list[float] = field(default_factory=list)
    preempted: int = 0

    @property
    def median(self) -> float:
        """Cycles an object."""
        return median(self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """First and third quartile of the rounds."""
        return quartiles(self.rounds)


Table = dict[Cell, Costs]

# What else runs on this machine has to wait.
FAVOURED = ("nice", "-n", "-20")


def places(cpus: list[int]) -> list[str]:
    """The ways to place two processes on so many CPUs."""
    return [ALONE, *([APART] if len(cpus) > 1 else []), TOGETHER]


def cells(cpus: list[int]) -> list[Cell]:
    """All of the table, in its order."""
    return [
        Cell(mode, burst, place) for place in places(cpus) for burst in BURSTS for mode in PAIRS
    ]


def two_cpus() -> list[int]:
    """Two CPUs that this process may use, of different cores if there are any; one if it has one."""
    mine = sorted(os.sched_getaffinity(0))
    first = mine[0]
    others = [cpu for cpu in mine[1:] if _core(cpu) != _core(first)] or mine[1:]
    return [first, *others[:1]]


def _core(cpu: int) -> str:
    """The CPUs that share its core."""
    path = f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"
    try:
        with open(path, encoding="ascii") as told:
            return told.read()
    except OSError:
        return str(cpu)


def kind(cpus: list[int]) -> str:
    """The relation of the two CPUs."""
    if len(cpus) < 2:
        return "one CPU"
    return "two cores" if _core(cpus[0]) != _core(cpus[1]) else "two hyperthreads of one core"


class Bench:
    """Two processes, and a ring of each mode."""

    def __init__(self, scene: Scene, cpus: list[int]) -> None:
        self.cpus = cpus
        scene.argv_prefix = FAVOURED
        self.producer, self.consumer = scene.primary(), scene.secondary()
        for mode in PAIRS:
            modes = flags(mode)
            made = self.producer.call("ring_create", name=mode, count=RING_SIZE, flags=modes)
            assert made.ring, f"a ring of mode {mode}"

    def measure(self, cell: Cell, costs: Costs) -> None:
        """Measures a round of a cell."""
        if cell.place == ALONE:
            told = [self._tell(self.producer, "ring_both_timed", cell, self.cpus[0])]
        else:
            where = self.cpus[-1] if cell.place == APART else self.cpus[0]
            # The consumer is there first: a ring that begins empty stays nearly empty, and one that
            # begins full nearly full, at another price.
            taking = self._tell(self.consumer, "ring_dequeue_timed", cell, where)
            self.consumer.expect("measuring", of=taking.id)
            told = [taking, self._tell(self.producer, "ring_enqueue_timed", cell, self.cpus[0])]
        answers = [pending.answer() for pending in told]
        for answer in answers:
            if answer.ret != 0:
                raise RuntimeError(f"{cell}: {answer.why}")
        costs.rounds.append(of_a_round(cell.place, [answer.cycles for answer in answers]))
        costs.preempted += sum(answer.preempted for answer in answers)

    def _tell(self, peer: Peer, verb: str, cell: Cell, cpu: int) -> Any:
        return peer.tell(
            verb,
            name=cell.mode,
            n=cell.burst,
            objects=OBJECTS,
            slices=SLICES,
            cpu=cpu,
            **({"yield": True} if cell.place == TOGETHER else {}),
        )


def of_a_round(place: str, sides: list[list[float]]) -> float:
    """The cost of a round, from the slices of each process: their medians, without the first slice, in
    which one waits for the other to begin, and the last, in which one goes on alone. On two cores both
    are paid for; on one core the cycles of the one process have those of the other in them."""
    each = [median(slices[1:-1]) for slices in sides]
    return sum(each) / len(each) if place == TOGETHER else sum(each)


def measure(
    scene: Scene, rounds: int, cpus: list[int], progress: Callable[[int, int], None]
) -> Table:
    """The whole table, each round all cells in turn: what else the machine does hits all of them."""
    bench = Bench(scene, cpus)
    table: Table = {cell: Costs() for cell in cells(cpus)}
    for number in range(1, rounds + 1):
        for cell, costs in table.items():
            bench.measure(cell, costs)
        progress(number, rounds)
    scene.timeline.add("benchmark", "measured", rounds=rounds)
    return table


def by_place(table: Table) -> dict[str, dict[int, dict[str, Costs]]]:
    """Costs by place, burst and mode, in the order of the table."""
    found: dict[str, dict[int, dict[str, Costs]]] = {}
    for cell, costs in table.items():
        found.setdefault(cell.place, {}).setdefault(cell.burst, {})[cell.mode] = costs
    return found
