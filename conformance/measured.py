# SPDX-License-Identifier: BSD-3-Clause
"""Tables that are published for a release, as a clause needs them."""

from __future__ import annotations

from typing import Callable, Optional, TypeVar

from conformance.verdicts.run import Run
from targets.outcome import Unavailable

T = TypeVar("T")


def published(run: Run, load: Callable[[tuple[int, ...]], Optional[T]], made_by: str) -> T:
    """The published table of this release, as `load` reads it. Unavailable if there is none, or if the
    peer's instructions are not those that were measured. made_by: the command that makes the table.
    """
    if run.sanitized:
        raise Unavailable("needs the instructions that users run: a peer without sanitizers")
    table = load(run.release)
    if table is None:
        series = f"{run.release[0]}.{run.release[1]:02}"
        raise Unavailable(f"needs a published table of DPDK {series}: make one by {made_by}")
    return table
