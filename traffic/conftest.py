# SPDX-License-Identifier: BSD-3-Clause
"""For the unit tests: hypothesis keeps its examples under build/ and does not judge by time."""
from __future__ import annotations

from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

EXAMPLES = Path(__file__).resolve().parent.parent / "build" / "hypothesis"
set_hypothesis_home_dir(str(EXAMPLES))  # type: ignore[no-untyped-call]

# A deadline for each example fails on a loaded machine, and says nothing about the code.
settings.register_profile("gauntlet", deadline=None)
settings.load_profile("gauntlet")
