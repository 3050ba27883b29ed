# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the scenarios of the track record, and their C files, fail where the record says that this
release breaks their clause, and hold where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.scenario.c import built
from conformance.scenario.c.program import program
from conformance.scenario.play import failure
from conformance.scenario.recorded import clause_of
from conformance.scenario.text import TextError, parse
from conformance.verdicts.expected import Record
from conformance.verdicts.run import Run
from targets.scene import Scene

SCENARIOS = sorted((Path(__file__).parents[1] / "track_record").glob("*.scenario"))

# Who waits for something that never comes need not wait long to be right.
HANG_S = 5
HANGS = (
    *("async_to_nobody", "negative_timeout", "negative_async", "no_shconf", "death_inside_malloc"),
    *("death_while_attaching", "death_while_attaching_and_memory", "cleanup_beside_an_action"),
    *("death_while_cleaning_up", "timer_set_anew"),
)

# A relay has no form in C.
NOT_IN_C = ("doubled_memory_request", "ignored_pdump", "lost_device")

# A compiler takes longer than the scenario: `ci/track-record` runs the C files of all others, too.
IN_C = [path for path in SCENARIOS if path.stem not in NOT_IN_C][::3]


def each(paths: list[Path]) -> pytest.MarkDecorator:
    """A test of each of these scenarios."""
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


@pytest.fixture
def broken(run: Run, path: Path) -> bool:
    """Whether this release breaks the clause of the scenario."""
    clause = clause_of(path.read_text())
    assert clause, f"{path} does not begin with its clause"
    return clause in Record.read().of(run.release, run.under_test.kind)


@each(SCENARIOS)
def test_scenario_fails_where_the_release_breaks_its_clause(
    scene: Scene, path: Path, broken: bool, verbs: Any
) -> None:
    if path.stem in HANGS and broken:
        scene.news.deadline_s = HANG_S
    found = failure(parse(path.read_text(), verbs), scene)
    assert (found is not None) == broken, str(found)


@each([path for path in SCENARIOS if path.stem in NOT_IN_C])
def test_relay_has_no_program(path: Path, verbs: Any) -> None:
    with pytest.raises(TextError, match="in C"):
        program(parse(path.read_text(), verbs))


@each(IN_C)
def test_program_fails_where_the_release_breaks_its_clause(
    path: Path, broken: bool, verbs: Any, tmp_path: Path
) -> None:
    hangs = path.stem in HANGS and broken
    flags = [f"-DDEADLINE_MS={HANG_S * 1000}"] if hangs else []
    status, said = built.run(program(parse(path.read_text(), verbs)), tmp_path, *flags)
    assert (status, "NOT SO" in said) == (int(broken), broken), said
