# SPDX-License-Identifier: BSD-3-Clause
"""A claim about the modes of a ring, and whether this machine agrees. The cheaper mode is named
first."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from conformance.rte_ring.cost import Costs, quartiles

CLAIM = "a tutorial: SP-SC has the highest throughput, MP-SC and SP-MC medium, MP-MC the lowest"

# (the one that is said to cost less, the one that is said to cost more)
PAIRS = (("SP-SC", "MP-SC"), ("SP-SC", "SP-MC"), ("MP-SC", "MP-MC"), ("SP-MC", "MP-MC"))

# Less than this is no difference that anybody could build on.
LEAST = 1.10

HOLDS, NEITHER, REVERSED = "holds", "no difference", "the other way round"


@dataclass(frozen=True)
class Relation:
    """The ratio of the costs of two modes, the second over the first: a ratio for each round, which the
    same noise hit."""

    less: str
    more: str
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return median(self.ratios)

    @property
    def verdict(self) -> str:
        """A difference of 10 %, and in the same direction in three of four rounds, or none."""
        first, third = quartiles(self.ratios)
        if self.ratio > LEAST and first > 1:
            return HOLDS
        return REVERSED if self.ratio < 1 / LEAST and third < 1 else NEITHER

    def __str__(self) -> str:
        return f"{self.more} costs {self.ratio:.2f} times {self.less}"


def relations(modes: dict[str, Costs]) -> list[Relation]:
    """The four that the claim consists of."""
    return [
        Relation(
            less,
            more,
            tuple(b / a for a, b in zip(modes[less].rounds, modes[more].rounds)),
        )
        for less, more in PAIRS
    ]


def verdict(modes: dict[str, Costs]) -> str:
    """Whether the claim holds in one row of the table, and if not, what is different."""
    found = relations(modes)
    wrong = [relation for relation in found if relation.verdict == REVERSED]
    if wrong:
        return "does not hold: " + ", ".join(map(str, wrong))
    same = [relation for relation in found if relation.verdict == NEITHER]
    if same:
        pairs = ", ".join(f"{relation.less} and {relation.more}" for relation in same)
        return f"holds in part: no difference of 10 % between {pairs}"
    return "holds"
