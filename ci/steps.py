# SPDX-License-Identifier: BSD-3-Clause
"""The results of the steps of a proof, and of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Mapping

from ci.host.say import COULD_NOT_RUN, CannotRun


class Skipped(Exception):
    """A step proves nothing here, and need not; a line says why."""


@dataclass(frozen=True)
class Outcome:
    """A word for what came of a step, and why, where the step itself has not said so."""

    word: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.word}: {self.why}" if self.why else self.word


GREEN, RED = Outcome("green"), Outcome("red")
_NOT_RUN, _SKIPPED = "could not be run", "skipped"


def outcome(run: Callable[[], bool]) -> Outcome:
    """Runs one step. One that cannot be run is no end of the others."""
    try:
        return GREEN if run() else RED
    except Skipped as why:
        return Outcome(_SKIPPED, str(why))
    except CannotRun as why:
        return Outcome(_NOT_RUN, str(why))


def closing(outcomes: Mapping[str, Outcome]) -> tuple[str, int]:
    """The last line, and the exit status: red before what could not be run, and that before green."""
    groups: dict[str, list[str]] = {}
    for name, found in outcomes.items():
        told = f"{name} ({found.why})" if found.why else name
        groups.setdefault(found.word, []).append(told)
    said = []
    for word, name in (
        ("red", "RED"),
        (_NOT_RUN, "COULD NOT BE RUN"),
        ("green",) * 2,
        (_SKIPPED,) * 2,
    ):
        if word in groups:
            said.append(f"{name}: {', '.join(groups[word])}")
    status = 1 if "red" in groups else COULD_NOT_RUN if _NOT_RUN in groups else 0
    return "; ".join(said), status
