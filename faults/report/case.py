# SPDX-License-Identifier: BSD-3-Clause
"""Something that hangs, with the signs that say so, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from faults.report.signs import Sign, Verdict


@dataclass(frozen=True)
class Case:
    """Something that hangs. kind: of signs.SIGNS.  headline: a sentence without its full stop.  doubt:
    what may be otherwise, "" for nothing."""

    kind: str
    headline: str
    signs: tuple[Sign, ...]
    doubt: str = ""
    verdict: Verdict | None = None
