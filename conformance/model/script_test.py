# SPDX-License-Identifier: BSD-3-Clause
"""Proves that scripts are read as they are written, and that what is no script is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model import options
from conformance.model.script import ScriptError, Step, command, parse, show

EVERY = """
primary1 starts
secondary2 registers ping: misnamed
secondary2 unregisters ping
primary1 sends ping
primary1 sends ping 12 times
primary1 requests ping
primary1 requests ping async patiently
secondary1 requests ping while primary1 dies
secondary2 releases ping
secondary2 stops
secondary2 continues
secondary2 dies
secondary2 exits
secondary2 leaves
""".strip()


def test_text_and_steps_are_the_same() -> None:
    assert show(parse(EVERY)) == EVERY
    assert parse(command(parse(EVERY)).partition("'")[2].rstrip("'")) == parse(EVERY)


def test_comments_and_blanks_are_nothing() -> None:
    assert parse("# first\n\n  primary1   starts # so\n;") == [Step("primary1", "starts")]


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "without steps"),
        ("primary1 starts\nprimary1 jumps", "step 2 .*primary1 jumps"),
        ("primary0 starts", "step 1"),
        ("primary1 sends ping 0 times", "step 1"),
        ("secondary1 registers ping: rude", "rude"),
        ("primary1 requests ping patiently while secondary1 dies", "step 1"),
        ("primary1 starts; primary2 starts", "step 2 .*somebody lives"),
        ("primary1 starts; primary1 continues", "step 2 .*not stopped"),
    ],
)
def test_what_is_no_script_is_told(text: str, why: str) -> None:
    with pytest.raises(ScriptError, match=why) as told:
        options.script(text)
    assert len(str(told.value).splitlines()) == 1


def test_script_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "script"
    path.write_text("primary1 starts\nsecondary1 starts  # join\n")
    assert [str(step) for step in options.script(str(path))] == [
        "primary1 starts",
        "secondary1 starts",
    ]


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "many", "٣"])
def test_number_of_steps_is_a_number(text: str) -> None:
    with pytest.raises(ScriptError, match="--model-steps is"):
        options.steps(text)
    assert (options.steps("1"), options.seed("0")) == (1, 0)
