# SPDX-License-Identifier: BSD-3-Clause
"""Proves that busy loops compute, and end with the block, however that ends."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ci.host import busy


def _ticks(pid: int) -> int:
    """CPU time that a process has used, in clock ticks: proc(5), utime."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def test_loops_use_cpu_time_and_end_with_an_error() -> None:
    with pytest.raises(KeyboardInterrupt), busy.loops(2) as pids:
        deadline = time.monotonic() + 60
        while any(_ticks(pid) < 2 for pid in pids):
            assert time.monotonic() < deadline
        raise KeyboardInterrupt
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_none_is_none() -> None:
    with busy.loops(0) as pids:
        assert pids == []
