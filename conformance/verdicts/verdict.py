# SPDX-License-Identifier: BSD-3-Clause
"""The verdict on a clause's run: pass, fail, skip, inconclusive or Gauntlet's own fault, and the
lines that say why."""

from __future__ import annotations

import ast
import os
import re
import textwrap
import traceback
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from conformance.verdicts.expected import Breach as Recorded
from targets.outcome import Breach, Inconclusive, TooSlow

ROOT = Path(__file__).resolve().parents[2]

# The version of report.json. ci/answer/schema.json describes it.
SCHEMA = 1

# What calls a clause is no part of the way to its error.
_RUNNER = str(Path(__file__).with_name("judge.py"))

# How a clause ended that says nothing of DPDK: Gauntlet itself failed, or the machine was too slow.
OWN_FAULT = "Gauntlet's own fault"
MACHINE = "inconclusive: the machine"

# How a clause ended that does not hold on a release that is older than its promise.
NOT_YET = "not yet promised"

# What a machine that can tell must be.
FIT = "this machine is fast enough, and has free hugepages"


@dataclass(frozen=True)
class Seen:
    """The observation of a failing clause. `observed` is what recorded breaches are matched against."""

    expected: str
    actual: str
    observed: str
    inconclusive: bool = False
    machine: bool = False
    own_fault: bool = False


@dataclass(frozen=True)
class Verdict:
    """The verdict on one clause, as reports carry it."""

    clause: str
    promise: str
    verdict: str
    how: str
    expected: str = ""
    actual: str = ""
    observed: str = ""
    recorded: str = ""
    scene: str = ""

    @property
    def red(self) -> bool:
        """Whether the run is not green because of it."""
        return self.verdict not in ("pass", "skip")

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)

    def lines(self, command: str | None = None) -> str:
        """The four lines, and where the scene is. command: runs the case alone, where another one than
        this run's own does."""
        parts = [
            ("promise", self.promise),
            ("expected", self.expected),
            ("actual", self.actual),
            ("alone", f"{command or alone()} '{self.clause}'"),
        ]
        if self.recorded and not self.red:
            parts.append(("because", self.recorded))
        if self.scene:
            parts.append(("scene", self.scene))
        return "\n".join(
            f"  {name:9} " + textwrap.indent(text, " " * 12).strip() for name, text in parts
        )


def alone() -> str:
    """The command that runs what is given to it on the same DPDK, and the same port, as this run."""
    port = os.environ.get("GAUNTLET_PORT")
    option = f" --port {port}" if port else ""
    return os.environ.get("GAUNTLET_ALONE", "ci/validate") + option


def _left_and_right(source: str) -> tuple[str, str, str] | None:
    """The two sides and the operator of an assert statement that compares, as written."""
    try:
        statement = ast.parse(textwrap.dedent(source)).body[0]
    except (SyntaxError, IndexError):
        return None
    if not isinstance(statement, ast.Assert) or not isinstance(statement.test, ast.Compare):
        return None
    compare = statement.test
    if len(compare.ops) != 1:
        return None
    operator = ast.unparse(ast.Compare(ast.Name("a"), compare.ops, [ast.Name("b")]))[2:-2]
    return ast.unparse(compare.left), operator, ast.unparse(compare.comparators[0])


def _condition(source: str) -> str:
    try:
        statement = ast.parse(textwrap.dedent(source)).body[0]
    except (SyntaxError, IndexError):
        return source.strip()
    return ast.unparse(statement.test) if isinstance(statement, ast.Assert) else source.strip()


def seen(error: BaseException, source: str, compared: tuple[str, Any, Any] | None) -> Seen:
    """The observation in a raised error. `source`: the statement that raised; `compared`: operator and
    values of the comparison that failed in it, if one did."""
    if isinstance(error, Breach):
        actual = error.observed + (f"\n{error.more}" if error.more else "")
        return Seen(error.expected, actual, error.observed)
    if isinstance(error, Inconclusive):
        text = str(error)
        machine = isinstance(error, TooSlow)
        expected = FIT if machine else "the fault bites"
        return Seen(expected, text, f"inconclusive: {text}", inconclusive=True, machine=machine)
    if isinstance(error, AssertionError):
        if compared is not None:
            operator, left, right = compared
            written = _left_and_right(source)
            if written is not None:
                what = f"{written[0]} {operator} "
                return Seen(what + repr(right), f"{written[0]} is {left!r}", repr(left))
            return Seen(f"{operator} {right!r}", repr(left), repr(left))
        said = str(error).splitlines()[0] if str(error) else ""
        if not said or said.startswith("assert "):
            said = "it is not so"  # The condition is quoted as expected; pytest only repeats it.
        return Seen(_condition(source), said, said)
    return own_fault(f"{type(error).__name__}: {error}", _way_to(error))


def without_addresses(observed: str) -> str:
    """An observation without the addresses in it, which differ from run to run."""
    return re.sub("0x[0-9a-f]{4,}", "0x...", observed)


def too_slow(saw: Seen, why: str) -> Seen:
    """The observation on a machine that was too slow for an answer in time, or had no pages left.

    why: what the machine kept from the processes (Scene.starvation).
    """
    actual = f"{why}\nseen: {saw.actual}"
    return Seen(FIT, actual, "", inconclusive=True, machine=True)


def own_fault(what: str, way: str) -> Seen:
    """Gauntlet itself failed. way: what led to it, line by line."""
    return Seen("Gauntlet itself works", "\n".join(filter(None, (what, way))), what, own_fault=True)


def not_yet_promised(found: Verdict, saw: Seen) -> Verdict:
    """The verdict on a release that has not promised yet what does not hold on it."""
    return replace(found, verdict="pass", how=NOT_YET, observed=saw.observed, scene="")


def _way_to(error: BaseException) -> str:
    """The lines of our own code that led to an error, the innermost last, and what caused it."""
    steps = traceback.extract_tb(error.__traceback__)
    ours = [step for step in steps if str(ROOT) in step.filename and step.filename != _RUNNER]
    way = [
        f"{Path(step.filename).relative_to(ROOT)}:{step.lineno} in {step.name}: {step.line}"
        for step in ours
    ]
    cause = error.__cause__
    if cause is not None:
        way.append(f"because of {type(cause).__name__}: {cause}")
    return "\n".join(way)


def judge(
    clause: str,
    promise: str,
    saw: Seen | None,
    recorded: Recorded | None,
    scene: str,
    *,
    predicted: bool = False,
) -> Verdict:
    """The verdict, given what was seen (None: it holds) and what is recorded for this release, or
    predicted for it from other releases."""
    as_told = "predicted" if predicted else "recorded"
    if saw is not None and saw.own_fault:
        return Verdict(
            clause,
            promise,
            "own fault",
            OWN_FAULT,
            saw.expected,
            saw.actual,
            saw.observed,
            scene=scene,
        )
    if saw is None and recorded is None:
        return Verdict(clause, promise, "pass", "holds")
    if saw is None:
        assert recorded is not None
        return Verdict(
            clause,
            promise,
            "fail",
            f"holds though {as_told} as broken",
            expected=f"breaks as {as_told}: {recorded.observed}",
            actual="it holds: if the fix has arrived, say so in the record (`fixed`)",
            recorded=recorded.why,
            scene=scene,
        )
    if saw.inconclusive:
        how = MACHINE if saw.machine else "inconclusive"
        return Verdict(clause, promise, "inconclusive", how, saw.expected, saw.actual, scene=scene)
    if recorded is None:
        return Verdict(
            clause, promise, "fail", "breaks", saw.expected, saw.actual, saw.observed, scene=scene
        )
    if saw.observed == recorded.observed:
        return Verdict(
            clause,
            promise,
            "pass",
            f"breaks as {as_told}",
            saw.expected,
            saw.actual,
            saw.observed,
            f"{recorded.why} ({recorded.history})",
        )
    return Verdict(
        clause,
        promise,
        "fail",
        "breaks differently",
        expected=f"{saw.expected}\nor broken as {as_told}: {recorded.observed}",
        actual=saw.actual,
        observed=saw.observed,
        recorded=recorded.why,
        scene=scene,
    )
