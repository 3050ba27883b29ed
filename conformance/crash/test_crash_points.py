# SPDX-License-Identifier: BSD-3-Clause
"""A process dies at a system call: what it costs the others is what is published of this release."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.crash import table
from conformance.crash.activity import ACTIVITIES
from conformance.crash.sample import sampled
from conformance.crash.walk import Stage, on_one_cpu
from conformance.run import Run
from targets.outcome import Breach, Unavailable


@pytest.mark.parametrize("activity", list(ACTIVITIES))
def test_death_at_a_system_call_costs_what_is_published(
    run: Run, scene_directory: Path, activity: str
) -> None:
    """A process killed at a system call costs the others what is published, there and nowhere else (a
    sample of the points; `ci/crash` takes them all).

    Source: measured, conformance/crash/<release>.toml; the guide promises nothing of a process that dies
    Since: 18.05   Strength: measured
    """
    published = table.load(table.path_of(run.release, "kill"))
    if published is None:
        raise Unavailable(f"no crash points of this release are published: {run.greeting['dpdk']}")
    with on_one_cpu():
        stage = Stage(run, scene_directory)
        try:
            for point in sampled(stage.record(activity), published):
                costs = table.words(stage.take(point).found)
                wrong = published.difference(
                    table.Row(point.key, point.occurrence, costs, str(point))
                )
                if wrong:
                    raise Breach(
                        f"{point.key[2]} as published", wrong, f"ci/crash --point '{point}'"
                    )
        finally:
            stage.leave()
