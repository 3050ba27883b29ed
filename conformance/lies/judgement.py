# SPDX-License-Identifier: BSD-3-Clause
"""The judgement on all clauses: which assertions cannot fail and are not answered for, which are answered
for in vain, what could not be tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from conformance.lies.answered import Answer
from conformance.lies.trial import Finding
from conformance.verdicts.verdict import MACHINE


@dataclass(frozen=True)
class Judgement:
    """Each a list of lines for people.

    cannot_fail: assertions that no lie turned red, and nobody answers for.  needless: answers that are
    not needed.  untried: clauses that were red without any lie.  not_run: those that this machine could
    not run.  missing: those whose turn has not come.  recorded: whether the release has a record of its
    breaches: without one a clause may be red by itself.  tried: how many clauses have been told lies.
    """

    tried: int
    assertions: int
    cannot_fail: list[str]
    needless: list[str]
    untried: list[str]
    not_run: list[str]
    missing: list[str]
    recorded: bool = True

    @property
    def red(self) -> bool:
        """True if somebody has to do something about a clause."""
        return bool(self.cannot_fail or self.needless or (self.untried and self.recorded))

    @property
    def summary(self) -> str:
        """The judgement in one line."""
        line = f"{self.tried} clauses were told lies: {self.assertions} assertions"
        line += f", {len(self.cannot_fail)} that cannot fail"
        for what, some in (
            ("answers not needed", self.needless),
            ("clauses red without any lie", self.untried),
            ("NOT RUN", self.not_run),
            ("still to be told lies: run it again to go on", self.missing),
        ):
            line += f"; {len(some)} {what}" if some else ""
        return line


NOT_RUN = "not run"
EXCUSED = (NOT_RUN, MACHINE)


def text_of(assertion: str) -> str:
    """Without its line, which changes."""
    line, colon, text = assertion.partition(": ")
    return text if colon and line.startswith("line ") else assertion


def judge(
    findings: Mapping[str, Finding | None],
    answers: Sequence[Answer],
    known: frozenset[str],
    *,
    recorded: bool = True,
) -> Judgement:
    """findings: by node id, None where its turn has not come.  known: node ids, without parameters, of
    every clause that there is."""
    tried = {nodeid: found for nodeid, found in findings.items() if found and not found.untried}
    failed = {nodeid: found.untried for nodeid, found in findings.items() if found}
    guilty = {
        (nodeid.partition("[")[0], text_of(assertion)): f"{nodeid}: {assertion}"
        for nodeid, found in sorted(tried.items())
        for assertion in found.cannot_fail
    }
    answered = {(answer.clause, answer.assertion) for answer in answers}
    clauses = {nodeid.partition("[")[0] for nodeid in tried}
    return Judgement(
        recorded=recorded,
        tried=len(clauses),
        assertions=sum(len(found.assertions) for found in tried.values()),
        cannot_fail=[line for key, line in guilty.items() if key not in answered],
        needless=[
            f"{clause}: {assertion}"
            for clause, assertion in sorted(answered - set(guilty))
            if clause not in known or clause in clauses
        ],
        untried=[f"{n}: {why}" for n, why in failed.items() if why and not why.startswith(EXCUSED)],
        not_run=[f"{n}: {why}" for n, why in failed.items() if why.startswith(NOT_RUN)],
        missing=[
            n for n, found in findings.items() if not found or found.untried.startswith(MACHINE)
        ],
    )
