# SPDX-License-Identifier: BSD-3-Clause
"""The contract as a model: what real peers do, step by step, is what the model says."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from conformance.verdicts import expected
from conformance.model.driver import Timeouts
from conformance.model.habits import Habits
from conformance.model.play import run_script
from conformance.model.search import Search
from conformance.progress import Progress
from conformance.verdicts.run import Run
from targets.outcome import Inconclusive
from targets.scene import Scene

# Runs of their own, so that they can go side by side.
SHARDS = 6


class _Scenes:
    """Makes the scenes of one clause, one after another; of those that are over the last one stays."""

    def __init__(self, directory: Path, run: Run) -> None:
        self._directory = directory
        self._run = run
        self._numbers = itertools.count(1)

    def __call__(self) -> Scene:
        number = next(self._numbers)
        shutil.rmtree(self._directory / f"run{number - 1}", ignore_errors=True)
        return self._run.scene(self._directory / f"run{number}")


@pytest.fixture
def habits(run: Run) -> Habits:
    """The deviations that are on record for this release."""
    return Habits.of(expected.load(run.release))


@pytest.fixture
def scenes(scene_directory: Path, run: Run) -> _Scenes:
    """Makes scenes for this clause."""
    return _Scenes(scene_directory, run)


# Every wait in a search has its own end, and it may be asked to go on for hours.
@pytest.mark.timeout(0)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_peers_agree_with_the_model(request, run, habits, scenes, shard):
    """Whatever processes do, in whatever order (join, leave, die, stop, register, send, request, reply),
    each call, action, callback and directory entry is what the contract says, and nothing else happens.

    Source: all of rte_eal.h and the guide, "Multi-process Support", as conformance/model/world.py has it
    Since: 18.05   Strength: observed
    """
    options = request.config.option
    steps = -(-options.model_steps // SHARDS)
    search = Search(
        habits,
        scenes,
        Timeouts.of(run.speed.at_this_moment()),
        steps=steps,
        seed=options.model_seed * SHARDS + shard,
        progress=Progress(request, f"model {shard}: step", steps),
    )
    found = search.look()
    tally = ", ".join(f"{count} {what}" for what, count in sorted(search.tally.items()) if count)
    exercised = f"seed {options.model_seed}, {search.done} steps in {search.runs} runs: {tally}"
    request.node.user_properties.append(("exercised", exercised))
    if found is not None:
        note = "" if found.confirmed else " (seen once; run again, it agreed)"
        raise found.disagreement.breach(note)
    if search.unseen():
        raise Inconclusive(f"{exercised}; not {' nor '.join(search.unseen())}")


@pytest.mark.timeout(0)
@pytest.mark.only_with("--model-script")
def test_script_agrees_with_the_model(request, run, habits, scenes):
    """The steps that --model-script names come out as the contract says.

    Source: as test_peers_agree_with_the_model
    Since: 18.05   Strength: observed
    """
    script = request.config.option.model_script
    found = run_script(script, habits, scenes, Timeouts.of(run.speed.at_this_moment()), whole=True)
    if found is not None:
        raise found.breach()
