# SPDX-License-Identifier: BSD-3-Clause
"""Proves that ci/rings refuses what it cannot mean."""

from __future__ import annotations

import pytest

from ci import ring_tables, rings
from ci.host.say import CannotRun


@pytest.mark.parametrize(
    "argv",
    [
        ["kills"],
        ["kills", "0"],
        ["kills", "many"],
        ["kills", "9", "--publish"],
        ["repairs", "mempool"],
        ["repairs", "--mode", "RTS"],
        ["mempool", "--kill"],
        ["soring", "--kill"],
        ["walks", "--publish", "-n", "8"],
        ["sink"],
    ],
)
def test_what_goes_not_together_is_refused(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        rings.arguments(argv)
    assert refused.value.code == 2


@pytest.mark.parametrize(
    "argv, command",
    [
        (["kills", "1000"], "kills"),
        (["repairs", "--publish"], "repairs"),
        (["mempool", "--show"], "mempool"),
        (["soring", "--release", "25.11", "--show"], "soring"),
        ([], "walks"),
        (["--mode", "RTS"], "walks"),
    ],
)
def test_what_goes_together_is_taken(argv: list[str], command: str) -> None:
    assert rings.arguments(argv).command == command


def test_operation_that_is_not_there_is_told() -> None:
    ours = rings.arguments(["walks", "--mode", "RTS", "--operation", "enqueue_peek"])
    with pytest.raises(CannotRun, match="peek is there for HTS and SP-SC only"):
        ring_tables.chosen(ours)
