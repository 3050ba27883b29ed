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
