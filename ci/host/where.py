# SPDX-License-Identifier: BSD-3-Clause
"""Where a path leads that the user of a command has given: commands themselves run in the repository."""

from __future__ import annotations

import os
from pathlib import Path


def path_of(text: str) -> Path:
    """The path as the user meant it, from the directory in which the command was given."""
    return Path(os.environ.get("GAUNTLET_FROM", "."), text).absolute()
