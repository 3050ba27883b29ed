# SPDX-License-Identifier: BSD-3-Clause
"""How often something failed that was run again and again, in which ways, and how sure that is."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from conformance.verdicts.verdict import MACHINE, OWN_FAULT, without_addresses

CONFIDENCE = 0.95

# How a run ended that says nothing of what is looked for.
UNTOLD = (MACHINE, OWN_FAULT, "inconclusive", "not run")

# What fails in one way is one signature, however much is said of it.
_MOST_OF_A_SIGNATURE = 300


@dataclass(frozen=True)
class HowOften:
    """failures: how many failed, by signature: the case and what was observed.  held: how many did not.
    untold: how many say nothing, by reason."""

    failures: Counter[str]
    held: int
    untold: Counter[str]

    @property
    def failed(self) -> int:
        """How many failed, in whatever way."""
        return sum(self.failures.values())

    @property
    def told(self) -> int:
        """How many runs say whether it fails."""
        return self.failed + self.held

    def lines(self) -> list[str]:
        """What is to be read."""
        if not self.told:
            told = ["no run could tell whether it fails"]
        else:
            low, high = interval(self.failed, self.told)
            ways = f", in {len(self.failures)} ways" if len(self.failures) > 1 else ""
            told = [
                f"it failed {self.failed} of {self.told} times{ways}: between {low:.1%} and {high:.1%} "
                f"of all times, with a confidence of {CONFIDENCE:.0%}"
            ]
        told += [f"{count:6}  {signature}" for signature, count in self.failures.most_common()]
        if self.held:
            told.append(f"{self.held:6}  it holds")
        return told + [
            f"{count:6}  says nothing: {why}" for why, count in self.untold.most_common()
        ]


def of(report: dict[str, Any]) -> HowOften:
    """From the report of a run."""
    failures: Counter[str] = Counter()
    untold: Counter[str] = Counter()
    held = 0
    several = len({case["clause"] for case in report["clauses"]}) > 1
    for case in report["clauses"]:
        if case["how"] == "holds":
            held += 1
        elif case["how"] in UNTOLD:
            untold[f"{case['how']}: {_short(case['actual'])}"] += 1
        else:
            way = signature(case)
            failures[way if several else way.removeprefix(f"{case['clause']}: ")] += 1
    return HowOften(failures, held, untold)


def interval(failed: int, told: int) -> tuple[float, float]:
    """The share of failures that so many of so many runs allow, from and to.

    Wilson's interval: it is right also for a handful of runs, and for none or all of them.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, spread = failed / told, z * z / told
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / told + spread / (4 * told))
    return max(0.0, middle - half), min(1.0, middle + half)


def signature(case: dict[str, Any]) -> str:
    """The way in which a case failed: its name, and the death, the hang or the missed expectation."""
    seen = without_addresses(_short(case["actual"] or case["how"]))
    return f"{case['clause']}: {seen}"


def _short(text: str) -> str:
    line = text.splitlines()[0] if text else ""
    return line if len(line) <= _MOST_OF_A_SIGNATURE else line[:_MOST_OF_A_SIGNATURE] + "..."
