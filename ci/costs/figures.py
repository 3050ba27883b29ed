# SPDX-License-Identifier: BSD-3-Clause
"""Figures of a benchmark: two ways measured in turns, their ratio, and what was wanted of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Sequence


@dataclass(frozen=True)
class Figure:
    """A quantity, measured in two ways in each round: `plain`, and `other` (its name is `way`).

    The ratio is of the two in the same round, which the same noise hit; of the rounds it is the median.
    """

    what: str
    unit: str
    way: str
    plain: Sequence[float]
    other: Sequence[float]
    wanted: str = ""

    def __post_init__(self) -> None:
        if not self.plain or len(self.plain) != len(self.other):
            raise ValueError(f"{self.what}: {len(self.plain)} and {len(self.other)} rounds")

    @property
    def ratios(self) -> list[float]:
        """The ratios of the rounds, in ascending order."""
        return sorted(other / plain for plain, other in zip(self.plain, self.other))

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return median(self.ratios)

    def as_dict(self) -> dict[str, Any]:
        """For the report."""
        return {
            **asdict(self),
            "median_plain": median(self.plain),
            "median_other": median(self.other),
            "ratio": self.ratio,
            "ratios": self.ratios,
        }

    def row(self) -> tuple[str, ...]:
        """The row of the table."""
        low, high = self.ratios[0], self.ratios[-1]
        return (
            self.what,
            f"{number(median(self.plain))} {self.unit}",
            f"{number(median(self.other))} {self.unit}",
            f"{self.ratio:.2f}",
            f"{low:.2f}-{high:.2f}",
            self.wanted,
        )


def number(value: float) -> str:
    """A number with as many digits as say something: 17.2, 81,324."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


HEAD = ("", "without", "with", "ratio", "rounds", "wanted")


def table(figures: Sequence[Figure], head: Sequence[str] = HEAD) -> str:
    """Figures, grouped by what they compare with."""
    lines: list[str] = []
    for way in dict.fromkeys(figure.way for figure in figures):
        rows = [(way, *head[1:]), *[figure.row() for figure in figures if figure.way == way]]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        for row in rows:
            cells = [row[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
            lines.append("  ".join(cells).rstrip())
        lines.append("")
    return "\n".join(lines)
