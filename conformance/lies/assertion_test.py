# SPDX-License-Identifier: BSD-3-Clause
"""Proves which assertions a file has, which parts of them failed, and what a clause's source is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.lies import assertion
from conformance.lies.assertion import of_file, red, source_key

CLAUSES = """
LIMIT = 3

def helper():
    return LIMIT

def test_a():
    assert helper() < 4
    assert (helper(), 2) == (
        3,
        2,
    )
    assert [1, 2] == ALL

def test_b():
    assert (*ALL, 1) == (1, 2)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a file of clauses."""
    path = tmp_path / "test_x.py"
    path.write_text(CLAUSES)
    return path


def test_each_statement_or_part_is_one(path: Path) -> None:
    assert [(each.first, each.last, each.text) for each in of_file(path)] == [
        (8, 8, "helper() < 4"),
        (9, 12, "helper() == 3"),
        (9, 12, "2 == 2"),
        (13, 13, "1 == ALL[0]"),
        (13, 13, "2 == ALL[1]"),
        (16, 16, "(*ALL, 1) == (1, 2)"),
    ]


def test_a_line_within_belongs_to_it(path: Path) -> None:
    assert {each.text for each in assertion.at(path, 11)} == {"helper() == 3", "2 == 2"}
    assert not assertion.at(path, 7)


@pytest.mark.parametrize(
    "left, right, failed",
    [
        ((4, 2), (3, 2), {"helper() == 3"}),
        ((4, 5), (3, 2), {"helper() == 3", "2 == 2"}),
        ((4, 5, 6), (3, 2), set()),
        (None, None, set()),
    ],
)
def test_the_parts_that_differ_have_failed(path: Path, left: Any, right: Any, failed: Any) -> None:
    assert {each.text for each in red(assertion.at(path, 9), left, right)} == failed


def test_a_whole_statement_has_failed_whatever_was_compared(path: Path) -> None:
    assert len(red(assertion.at(path, 8), None, None)) == 1


def test_the_source_is_the_clauses_own_and_what_it_shares(tmp_path: Path) -> None:
    def key(name: str, text: str) -> str:
        path = tmp_path / f"test_{name}.py"
        path.write_text(text)
        return source_key(path, "test_a")

    same = key("same", CLAUSES)
    assert same == key("comment", CLAUSES + "# More.\n")
    assert same == key("another", CLAUSES.replace("(1, 2)", "(1, 3)"))
    assert same == key("said", CLAUSES.replace("def test_a():", 'def test_a():\n    """Said."""'))
    assert same != key("clause", CLAUSES.replace("< 4", "< 5"))
    assert same != key("helper", CLAUSES.replace("LIMIT = 3", "LIMIT = 5"))


def test_the_statements_that_made_its_values_are_known(tmp_path: Path) -> None:
    path = tmp_path / "test_y.py"
    path.write_text(
        "def test_c():\n    other = look()\n    a = look()\n    for each in a:\n"
        "        seen.append(each)\n    with open(a) as b:\n        c = b\n    assert seen == c\n"
    )
    (found,) = of_file(path)
    assert found.made == {3, 4, 5, 6, 7}


def test_a_clause_that_ends_in_an_assertion_is_known(tmp_path: Path) -> None:
    path = tmp_path / "test_z.py"
    path.write_text("def test_a():\n    assert 1\n\ndef test_b():\n    assert 1\n    go()\n")
    ends = [assertion.ends_in_one(path, name) for name in ("test_a", "test_b", "test_c")]
    assert ends == [True, False, False]
