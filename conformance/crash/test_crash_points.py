# SPDX-License-Identifier: BSD-3-Clause
"""A process dies at a system call, or one fails: the effects are those published of the release."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.crash import table
from conformance.crash.activity import ACTIVITIES
from conformance.crash.errors import failing
from conformance.crash.point import alone
from conformance.crash.sample import sampled
from conformance.crash.table import Row
from conformance.crash.stage import Stage, on_one_cpu
from conformance.verdicts.run import Run
from targets.outcome import Breach

every_activity = pytest.mark.parametrize("activity", list(ACTIVITIES))
of_a_secondary = pytest.mark.parametrize(
    "activity", [name for name in ACTIVITIES if name.startswith("secondary")]
)


def _as_published(run: Run, folder: Path, activity: str, mode: str) -> None:
    published = table.TABLES[mode].of(run)
    with on_one_cpu():
        stage = Stage(run, folder)
        try:
            points = stage.record(activity)
            for point in sampled(failing(points) if mode == "fail" else points, published):
                effects = table.words(stage.take(point, mode).found)
                wrong = published.difference(Row(point.key, point.occurrence, effects))
                if wrong:
                    raise Breach(f"{point.key[2]} as published", wrong, alone(point, mode))
        finally:
            stage.leave()


@every_activity
def test_death_at_a_system_call_costs_what_is_published(
    run: Run, scene_directory: Path, activity: str
) -> None:
    """A process killed at a system call has the published effects on the others, no more and no less
    (here for a sample of its calls; `ci/crash` takes them all).

    Source: measured, conformance/crash/<release>.toml; the guide is silent on processes that die
    Since: 18.05   Strength: measured
    """
    _as_published(run, scene_directory, activity, "kill")


@of_a_secondary
def test_failing_system_call_costs_what_is_published(
    run: Run, scene_directory: Path, activity: str
) -> None:
    """A system call that fails has the published effects on the process and the others, no more and no
    less (here for a sample; `ci/crash --fail` takes them all).

    Source: measured, conformance/crash/<release>-fail.toml
    Since: 18.05   Strength: measured
    """
    _as_published(run, scene_directory, activity, "fail")
