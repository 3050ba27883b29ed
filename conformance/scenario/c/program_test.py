# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scenario's C file is built by a plain compiler, and fails as the scenario does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.scenario.c import built
from conformance.scenario.c.program import program
from conformance.scenario.text import TextError, parse

ANSWERS = Path(__file__).parents[1] / "examples" / "answers.scenario"


def test_program_holds_where_the_scenario_does(verbs: Any, tmp_path: Path) -> None:
    status, said = built.run(program(parse(ANSWERS.read_text(), verbs)), tmp_path)
    assert (status, said.splitlines()[-1]) == (0, "All is as the scenario expects."), said


@pytest.mark.parametrize(
    "text, said",
    [
        (
            "relay primary1: drop request x; primary1 lives",
            "line 1, column 1: relay: this has no form",
        ),
        (
            "schedule 1=time; primary1 lives",
            "line 1, column 1: schedule: a schedule has no form",
        ),
        (
            "primary1 does heap_in_use; primary1 lives",
            "line 1, column 1: heap_in_use: in C there are",
        ),
        (
            "a: primary1 does malloc size=1; primary1 does dev_remove dev=$a.ret; primary1 lives",
            "line 1, column 1: dev_remove: in C there are",
        ),
        (
            "a: primary1 does mp_sendmsg name=x; expect a took_ns=1",
            "took_ns: in C this answer has ret",
        ),
        ("primary1 does release_action name=x; primary1 lives", "x: no action of this name waits"),
        ("primary1 does mp_sendmsg name=x fds=1; primary1 lives", "mp_sendmsg fds=: in C it takes"),
    ],
)
def test_what_has_no_form_in_c_is_told(text: str, said: str, verbs: Any) -> None:
    with pytest.raises(TextError) as error:
        program(parse(f"primary1 starts; {text}", verbs))
    assert said in str(error.value)


def test_comment_of_the_scenario_cannot_end_that_of_the_file(verbs: Any, tmp_path: Path) -> None:
    text = "primary1 starts # */ int x = y;\nprimary1 lives"
    assert built.build(program(parse(text, verbs)), tmp_path).exists()


def test_interrupted_program_leaves_nothing(verbs: Any, tmp_path: Path) -> None:
    text = "primary1 starts; primary1 says action"
    # It says nothing while it waits for what never comes: its primary has a socket by then.
    until = "until [ -e /var/run/dpdk/*/mp_socket ]; do :; done; kill -INT $!; wait $!"
    program_text = program(parse(text, verbs))
    status, said = built.run(program_text, tmp_path, wrap=f'"$@" & {until}')
    assert (status, said) == (2, "")
