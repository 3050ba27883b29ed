# SPDX-License-Identifier: BSD-3-Clause
"""Proves that ci/rings refuses what it cannot mean."""

from __future__ import annotations

import pytest

from ci import rings


@pytest.mark.parametrize(
    "argv",
    [
        ["--kills", "0"],
        ["--kills", "many"],
        ["--kills", "9", "--write"],
        ["--repairs", "--mempool"],
        ["--repairs", "--mode", "RTS"],
        ["--mempool", "--kill"],
        ["--write", "-n", "8"],
    ],
)
def test_what_goes_not_together_is_refused(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        rings.arguments(argv)
    assert refused.value.code == 2


@pytest.mark.parametrize(
    "argv", [["--kills", "1000"], ["--repairs", "--write"], ["--mempool", "--show"], []]
)
def test_what_goes_together_is_taken(argv: list[str]) -> None:
    assert rings.arguments(argv)
