# SPDX-License-Identifier: BSD-3-Clause
"""The few ways in which a reader of a report tells cases apart."""

from __future__ import annotations

from conformance.verdicts.verdict import NOT_YET, OWN_FAULT

# What a reader tells cases apart by, the worst first: how a case ended is one of these.
RED, FAULT, BROKEN, HOLDS, NOT_RUN = "red", "own fault", "broken", "holds", "not run"
STATES = (RED, FAULT, BROKEN, HOLDS, NOT_RUN)


def state_of(how: str) -> str:
    """How a case ended, as one of STATES."""
    if how.startswith("breaks as "):
        return BROKEN
    if how in ("not run", NOT_YET):
        return NOT_RUN
    return {"holds": HOLDS, OWN_FAULT: FAULT}.get(how, RED)
