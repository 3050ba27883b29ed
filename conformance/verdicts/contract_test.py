# SPDX-License-Identifier: BSD-3-Clause
"""Proves that clauses without promise, source, since or strength are refused, and what is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.verdicts import contract
from conformance.verdicts.contract import ContractError, parse

ROOT = Path(__file__).resolve().parents[2]

GOOD = """It holds,
    in two lines.

    Source: header, "a
    long quotation"
    Since: 18.05   Strength: must
    """


def test_clause_is_read() -> None:
    clause = parse("f.py::t", GOOD)
    assert (clause.promise, clause.source, clause.since, clause.strength) == (
        "It holds, in two lines.",
        'header, "a long quotation"',
        "18.05",
        "must",
    )


@pytest.mark.parametrize(
    "docstring, why",
    [
        (None, "must begin with the promise"),
        ("No full stop\n\nSource: x\nSince: 1   Strength: must", "must begin with the promise"),
        ("Fine.\n\nSource: x", "must end in"),
        ("Fine.\n\nSource: x\nSince: 18.05   Strength: iron", "strength is iron"),
        ("Fine.\n\nSince: 18.05   Strength: must", "needs one 'Source"),
    ],
)
def test_incomplete_clause_is_refused(docstring: str | None, why: str) -> None:
    with pytest.raises(ContractError, match=why):
        parse("f.py::t", docstring)


@pytest.mark.parametrize(
    "docstring, since",
    [
        ("Fine.\n\nSource: x\n    Since: 21.08   Strength: must\n    ", (21, 8)),
        ("Since: 1.2.3   Strength: must", (1, 2, 3)),
        ("Since: now   Strength: must", ()),
        ("Fine.", ()),
        (None, ()),
    ],
)
def test_since_is_a_release(docstring: str | None, since: tuple[int, ...]) -> None:
    assert contract.since_of(docstring) == since


def test_whole_contract_can_be_read() -> None:
    clauses = [clause for part in contract.read(ROOT).values() for clause in part]
    assert len(clauses) >= 60
    assert len({clause.address for clause in clauses}) == len(clauses)
    assert {clause.strength for clause in clauses} <= set(contract.STRENGTHS)


def test_list_shows_every_promise_and_the_count() -> None:
    text = contract.show(ROOT)
    clauses = [clause for part in contract.read(ROOT).values() for clause in part]
    assert all(clause.promise in text for clause in clauses)
    assert text.endswith(f"{len(clauses)} clauses")
