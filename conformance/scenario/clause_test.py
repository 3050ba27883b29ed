# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scenario's clause does what the scenario does."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, Callable

import pytest

from conformance.scenario.clause import clause
from conformance.scenario.text import TextError, parse
from conformance.verdicts import contract
from targets.scene import Scene

EXAMPLES = Path(__file__).with_name("examples")


def _clause(text: str, verbs: Any) -> tuple[Callable[[Scene], None], str]:
    """The function that was written, and its docstring."""
    written = clause(parse(text, verbs))
    names: dict[str, Any] = {}
    exec(compile(ast.parse(written), "clause", "exec"), names)  # noqa: S102
    function = next(value for name, value in names.items() if name.startswith("test_"))
    return function, function.__doc__ or ""


def test_clause_holds_where_the_scenario_does(scene: Scene, verbs: Any) -> None:
    function, told = _clause((EXAMPLES / "answers.scenario").read_text(), verbs)
    assert contract.promise_of(told).startswith("A request reaches each secondary once")
    function(scene)
    scene.close()


def test_clause_fails_where_the_scenario_does(scene: Scene, verbs: Any) -> None:
    function, _ = _clause(
        (EXAMPLES.parents[1] / "track_record" / "late_reply.scenario").read_text(), verbs
    )
    with pytest.raises(AssertionError) as error:
        function(scene)
    scene.abandon(error.value)


def test_blocks_that_cross_are_refused(verbs: Any) -> None:
    text = (
        "primary1 starts; secondary1 starts; secondary1 stops; ghost1 appears; secondary1 continues; "
        "primary1 lives"
    )
    with pytest.raises(TextError, match="can only end what was begun last"):
        clause(parse(text, verbs))


def test_schedule_is_refused(verbs: Any) -> None:
    with pytest.raises(TextError, match="a schedule has no form as a clause"):
        clause(parse("primary1 starts; schedule 1=time; primary1 lives", verbs))


def test_clause_starts_processes_with_what_they_have_of_their_own(verbs: Any) -> None:
    text = (
        "primary1 starts lcore=1 --no-telemetry; f: secondary1 fails to start user=65534; primary1 has 0 "
        "descriptors left; primary1 lives; primary1 has descriptors as before; ghost1 appears with "
        "abstract address"
    )
    written = clause(parse(text, verbs))
    assert "primary1 = scene.primary('--no-telemetry', lcore=1)" in written
    assert 'f = scene.failing("secondary", user=65534, **nobody(scene))' in written
    assert "with FewDescriptors(primary1, 0):" in written
    assert 'with Ghost(scene, "ghost1", idle=True, abstract=True) as ghost1:' in written
    for name in ("FewDescriptors", "nobody", "Ghost"):
        assert f"import {name}\n" in written
