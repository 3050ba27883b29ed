# SPDX-License-Identifier: BSD-3-Clause
"""Proves that one process at a time uses a folder of the box."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.host.say import CannotRun
from ci.nic_host.where import alone


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "igb"
    with alone(folder, "build/nic-host/igb"):
        with pytest.raises(CannotRun, match="^build/nic-host/igb is in use by another process"):
            with alone(folder, "build/nic-host/igb"):
                pass
    with alone(folder, "build/nic-host/igb"):
        pass
