# SPDX-License-Identifier: BSD-3-Clause
"""Proves what is red of all that was found, and answered.toml's failing sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.lies.answered import Answer, AnsweredError, load
from conformance.lies.judgement import judge
from conformance.lies.trial import Finding

BAD = Finding(["line 3: a > b", "line 4: c == d"], {"line 4: c == d": "p.c()#1: zero"})
GOOD = Finding(["line 3: a > b"], {"line 3: a > b": "p.a()#1: zero"})
KNOWN = frozenset({"t.py::x", "t.py::y"})
ANSWER = Answer("t.py::x", "a > b", "It is so.")


def test_what_cannot_fail_is_red() -> None:
    found = judge({"t.py::x[1]": BAD, "t.py::y": GOOD}, [], KNOWN)
    assert (found.red, found.cannot_fail) == (True, ["t.py::x[1]: line 3: a > b"])
    assert found.summary == "2 clauses were told lies: 3 assertions, 1 that cannot fail"


def test_what_is_answered_for_is_not() -> None:
    assert not judge({"t.py::x[1]": BAD}, [ANSWER], KNOWN).red


@pytest.mark.parametrize("clauses", [{"t.py::x": GOOD}, {"t.py::x": Finding(["line 9: z"], {})}])
def test_an_answer_that_is_not_needed_is_red(clauses: dict[str, Finding | None]) -> None:
    assert judge(clauses, [ANSWER], KNOWN).needless == ["t.py::x: a > b"]


def test_an_answer_for_a_clause_that_is_gone_is_red() -> None:
    assert judge({}, [ANSWER], frozenset()).needless == ["t.py::x: a > b"]


def test_an_answer_for_what_was_not_tried_stays() -> None:
    assert not judge({"t.py::y": GOOD}, [ANSWER], KNOWN).red


def test_red_without_a_lie_is_red_and_what_is_missing_is_told() -> None:
    red = Finding(untried="breaks without a lie: 3")
    skipped = Finding(untried="not run without a lie: no tap")
    found = judge({"t.py::x": red, "t.py::y": skipped, "t.py::z": None}, [], KNOWN)
    assert (found.red, found.untried) == (True, ["t.py::x: breaks without a lie: 3"])
    assert (found.not_run, found.missing) == (
        ["t.py::y: not run without a lie: no tap"],
        ["t.py::z"],
    )


def test_without_a_record_a_clause_may_be_red_by_itself() -> None:
    red = Finding(untried="breaks without a lie: 3")
    assert not judge({"t.py::x": red}, [], KNOWN, recorded=False).red
    assert judge({"t.py::x": BAD}, [], KNOWN, recorded=False).red


@pytest.mark.parametrize(
    "text, why",
    [
        ("[[answer]]\nclause = 'x'\n", "x: its keys are"),
        ("[[answer]]\nclause = 'x'\nassertion = 'a'\nwhy = ''\n", "x: its keys are"),
        ("[[answers]]\n", "unknown table answers"),
        ("[[answer", "answered.toml: "),
    ],
)
def test_an_answer_says_all_that_it_must(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "answered.toml"
    path.write_text(text)
    with pytest.raises(AnsweredError, match=why):
        load(path)


def test_answers_can_be_read() -> None:
    load()
