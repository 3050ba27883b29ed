# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's own ring_perf_autotest, run and read: what it says where it does the same work as we do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median


from conformance.rte_ring.cost import ALONE, APART, FAVOURED, Cell, Costs, Table
from targets import threads
from targets.application import Application
from targets.scene import Scene

WITHIN = 1.10

# Which of its parts is which place of ours, and whether it tells cycles of a whole burst.
_PARTS = {
    "Testing single element enq/deq": (ALONE, True),
    "Testing bulk enq/deq": (ALONE, True),
    "Testing using two physical cores": (APART, False),
    "Testing using two hyperthreads": (APART, False),
}
_LINE = re.compile(r"legacy APIs: (SP/SC|MP/MC): (?:single|bulk \(size: (\d+)\)): (\d+\.\d+)")


@dataclass(frozen=True)
class Told:
    """The result of one run of DPDK's autotest: cycles an object; and how often it lost its CPUs."""

    cycles: dict[Cell, float]
    preempted: int


def parse(text: str) -> dict[Cell, float]:
    """Cycles an object, of the parts that are ours as well; ValueError if it says nothing of that."""
    found: dict[Cell, float] = {}
    place, whole = None, False
    for line in text.splitlines():
        if line.startswith("###"):
            place, whole = _PARTS.get(line.strip("# "), (None, False))
        elif place and (told := _LINE.match(line)):
            burst = int(told[2] or 1)
            cycles = float(told[3]) / (burst if whole else 1)
            found.setdefault(Cell(told[1].replace("/", "-"), burst, place), cycles)
    if not found:
        raise ValueError("ring_perf_autotest has told nothing that can be read")
    return found


def run(scene: Scene, cpus: list[int]) -> Told:
    """Runs it once (13 s on a quiet machine), on the same CPUs and as favoured as our processes."""
    scene.argv_prefix = FAVOURED
    eal = ("-l", ",".join(map(str, cpus)))
    test = Application(scene, "dpdk-test", "primary", eal)
    test.prints("RTE>>")
    before = threads.preemptions(test.pid)
    test.asked("ring_perf_autotest", "Test OK", 10 * scene.speed.deadline_s)
    preempted = threads.preemptions(test.pid) - before
    test.type("quit")
    test.ends()
    return Told(parse(Path(test.directory / "output").read_text()), preempted)


@dataclass(frozen=True)
class Beside:
    """A figure of ours beside that of DPDK: cycles an object. ours, theirs: of each round, each run."""

    cell: Cell
    ours: Costs
    theirs: tuple[float, ...]
    preempted: int

    @property
    def ratio(self) -> float:
        """Ours by theirs, medians."""
        return self.ours.median / median(self.theirs)

    @property
    def near(self) -> bool:
        """Within 10 %."""
        return 1 / WITHIN <= self.ratio <= WITHIN

    @property
    def why(self) -> str | None:
        """The observed reason why the two figures are not near; None if they are near."""
        if self.near:
            return None
        (first, third), (low, high) = self.ours.spread, (min(self.theirs), max(self.theirs))
        if max(third / first, high / low) > WITHIN:
            return (
                f"the machine is not steady: half of our rounds are {first:.1f} to {third:.1f}, and "
                f"its runs, means of all their time, {low:.1f} to {high:.1f} "
                f"(it lost its CPUs {self.preempted} times)"
            )
        if self.ratio > 1:
            return (
                "ours asks the ring for its mode at each call, and it calls the mode's own function"
            )
        return "not known"


def beside(table: Table, runs: list[Told]) -> list[Beside]:
    """Every figure that both have."""
    return [
        Beside(
            cell,
            table[cell],
            tuple(run.cycles[cell] for run in runs),
            sum(run.preempted for run in runs),
        )
        for cell in runs[0].cycles
        if cell in table
    ]
