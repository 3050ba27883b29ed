# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a folder is one command's at a time, and the next one's afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.host.alone import alone
from ci.host.say import CannotRun


def test_second_command_is_refused_and_the_next_one_is_not(tmp_path: Path) -> None:
    with alone("ci/x", tmp_path / "new"):
        with pytest.raises(CannotRun, match="another ci/x runs in this checkout"):
            with alone("ci/x", tmp_path / "new"):
                pass
    with alone("ci/x", tmp_path / "new"):
        pass
