# SPDX-License-Identifier: BSD-3-Clause
"""A clause on trial: it is run honestly, and then told one lie a run until each assertion was red."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Callable, Optional

from conformance.lies import plan
from conformance.lies.assertion import Assertion
from conformance.lies.listener import Lie, Read
from conformance.verdicts.verdict import OWN_FAULT

GREEN = ("holds", "breaks as recorded", "breaks as predicted")


@dataclass
class Outcome:
    """The result of a run. raised: the parts that failed of an assertion. passed: those that held. how,
    observed: the verdict. noticed only counts if it was the clause's doing, and not a mistake that the
    lie caused in the harness."""

    how: str
    observed: str = ""
    harness: bool = False
    raised: frozenset[Assertion] = frozenset()
    passed: frozenset[Assertion] = frozenset()
    reads: list[Read] = field(default_factory=list)
    told: int = 0


# Runs the clause, telling it a lie, or none.
Runs = Callable[[Optional[Lie]], Outcome]


@dataclass
class Finding:
    """The findings of a trial. assertions: each that held, or broke as recorded, in the honest run.
    noticed: by assertion, the lie that turned it red. unnoticed: lies that were told and changed
    nothing. untried: why there was no trial."""

    assertions: list[str] = field(default_factory=list)
    noticed: dict[str, str] = field(default_factory=dict)
    unnoticed: list[str] = field(default_factory=list)
    runs: int = 0
    untried: str = ""

    @property
    def cannot_fail(self) -> list[str]:
        """The assertions that no lie turned red."""
        return [each for each in self.assertions if each not in self.noticed]


# So many lies are told about one assertion; those that matter come first.
MOST = 240

# Stands for a clause that asserts by nothing but what the harness checks.
WHOLE = "the clause as a whole"


def hold(
    run: Runs,
    *,
    every: bool = False,
    asserts: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Finding:
    """The trial. every: also lies about assertions that have been red, to learn which go unnoticed.
    asserts: the clause cannot hold without an assertion that holds."""
    honest = run(None)
    if honest.how not in GREEN:
        return Finding(untried=f"{honest.how} without a lie: {honest.observed}")
    broken = _whole(honest.raised)
    reached = sorted(honest.passed) + ([broken] if broken else [])
    if asserts and not reached and honest.how == GREEN[0]:
        return Finding(untried=f"{OWN_FAULT}: its last assertion was not heard of")
    found = Finding([str(each) for each in reached] or [WHOLE], runs=1)
    tried: set[Lie] = set()
    aims: list[Assertion | None] = [*reached] or [None]
    if not reached and honest.how == GREEN[1]:
        found.noticed[WHOLE] = f"what is on record: {honest.observed}"
    for aim in aims:
        text = WHOLE if aim is None else str(aim)
        for lie in islice(plan.about(honest.reads, aim), None if every else MOST):
            if text in found.noticed and not every:
                break
            if lie in tried:
                continue
            tried.add(lie)
            say(str(lie))
            told = run(lie)
            found.runs += 1
            _weigh(found, lie, honest, told, broken)
    return found


def _whole(parts: frozenset[Assertion]) -> Assertion | None:
    """The statement that broke as recorded: its parts are not told apart."""
    if not parts:
        return None
    text = " and ".join(part.text for part in sorted(parts, key=lambda part: part.place or 0))
    one = next(iter(parts))
    return Assertion(one.first, one.last, text)


def _weigh(
    found: Finding, lie: Lie, honest: Outcome, told: Outcome, broken: Assertion | None
) -> None:
    if not told.told:
        return
    if (told.how, told.observed) == (honest.how, honest.observed):
        found.unnoticed.append(str(lie))
        return
    if told.harness:
        return
    noticed = {str(part) for part in told.raised}
    if broken is not None and all(part.first == broken.first for part in told.raised):
        # It breaks otherwise now, or holds.
        noticed = {str(broken)} if told.raised or told.how.startswith("holds") else set()
    for each in noticed if found.assertions != [WHOLE] else {WHOLE}:
        found.noticed.setdefault(each, str(lie))
