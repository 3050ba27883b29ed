# SPDX-License-Identifier: BSD-3-Clause
"""The messages of a command to its user, and the way in which a command gives up."""

from __future__ import annotations

import sys
from typing import NoReturn

from targets.outcome import CannotRun

__all__ = ["COULD_NOT_RUN", "CannotRun", "give_up", "step"]

COULD_NOT_RUN = 2


def step(command: str, text: str) -> None:
    """Prints a line of progress."""
    print(f"{command}: {text}", flush=True)


def give_up(command: str, why: object) -> NoReturn:
    """Prints a line, and exits with 2."""
    print(f"{command}: {why}", file=sys.stderr, flush=True)
    sys.exit(COULD_NOT_RUN)
