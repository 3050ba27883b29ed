# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the README's track record says nothing that is not on record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.verdicts import contract, expected

ROOT = Path(__file__).resolve().parent.parent
RELEASE = (22, 11, 11)

_ROW = re.compile(r"^\| .*? \| `'?((?:test_|two_|partial)[^`']*)'?` \| .* \|$", re.M)


def _rows(text: str) -> list[str]:
    record = text.partition("## Track record")[2].partition("\n## ")[0]
    return _ROW.findall(record)


def _broken(words: str) -> set[str]:
    """Clauses on record that pytest's -k selects by these words."""
    found = set()
    for word in words.split(" or "):
        clauses = {breach.partition("[")[0] for breach in expected.load(RELEASE)}
        found |= {clause for clause in clauses if word in clause}
    return found


def test_track_record_is_read() -> None:
    rows = _rows((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(rows) > 30


@pytest.mark.parametrize("words", _rows((ROOT / "README.md").read_text(encoding="utf-8")))
def test_row_of_the_track_record_is_on_record(words: str) -> None:
    named = len(words.split(" or "))
    assert len(_broken(words)) >= named, f"{words} names no recorded breach"


def test_row_without_a_record_is_noticed() -> None:
    assert _rows("## Track record\n| a | 18.05, - | `test_nothing` | b |\n## end") == [
        "test_nothing"
    ]
    assert not _broken("test_nothing")


def test_clauses_that_the_track_record_points_to_exist() -> None:
    known = {
        name
        for clauses in contract.read(ROOT).values()
        for clause in clauses
        for name in (clause.address.partition("::")[2], clause.address.partition("::")[0])
    }
    record = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Track record")[2]
    named = set(re.findall(r"`(test_\w+)`", record.partition("\n## ")[0]))
    assert sorted(named - known) == []
