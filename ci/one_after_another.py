# SPDX-License-Identifier: BSD-3-Clause
"""Makes runs of the contract one after another: says how long the rest takes, and what is left out."""

from __future__ import annotations

import time
from typing import Any, Callable, Sequence, TypeVar

from ci.host.say import CannotRun, step

T = TypeVar("T")


def one_after_another(
    command: str, wanted: Sequence[T], run: Callable[[T, str], dict[str, Any]]
) -> tuple[list[tuple[T, dict[str, Any]]], list[T]]:
    """Each that was run, with its report, and those that were not.

    run: runs one, which is "2 of 4"; one that cannot be run (CannotRun) is left out. The last one is the
    one whose run was cut off, or before which somebody pressed Ctrl-C; KeyboardInterrupt where that was
    the first.
    """
    done: list[tuple[T, dict[str, Any]]] = []
    lacking: list[T] = []
    begun = time.monotonic()
    for number, one in enumerate(wanted, 1):
        try:
            done.append((one, run(one, f"{number} of {len(wanted)}")))
        except CannotRun as error:
            step(command, f"NOT RUN: {error}")
            lacking.append(one)
        except KeyboardInterrupt:
            if not done:
                raise
            return done, [*lacking, *wanted[number - 1 :]]
        if done and done[-1][1]["partial"]:
            return done, [*lacking, *wanted[number:]]
        if number < len(wanted):
            left_s = (time.monotonic() - begun) / number * (len(wanted) - number)
            step(command, f"{left_s / 60:.0f} min to go")
    return done, lacking
