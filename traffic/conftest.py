# SPDX-License-Identifier: BSD-3-Clause
"""For the unit tests: hypothesis keeps its examples under build/ and does not judge by time."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import configuration, settings

EXAMPLES = Path(__file__).resolve().parent.parent / "build" / "hypothesis"
_set_home: Any = configuration.set_hypothesis_home_dir  # Some versions of it have no types.
_set_home(str(EXAMPLES))

# A deadline for each example fails on a loaded machine, and says nothing about the code.
settings.register_profile("gauntlet", deadline=None)
settings.load_profile("gauntlet")
