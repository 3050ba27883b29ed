# SPDX-License-Identifier: BSD-3-Clause
"""Scenes whose processes load one driver more, of a device that is no port."""

from __future__ import annotations

from pathlib import Path

from conformance.verdicts.run import Run
from targets import drivers
from targets.outcome import Unavailable
from targets.scene import Scene


def scene_with(run: Run, directory: Path, driver: str) -> Scene:
    """An empty scene of this run, whose processes load this driver, too. Unavailable where it is not
    installed."""
    there = drivers.of(run.dpdk)
    if there is not None and driver not in there.installed:
        raise Unavailable(f"this DPDK has no driver {driver}")
    return run.scene(directory, more_drivers=frozenset({driver}))
