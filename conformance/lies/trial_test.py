# SPDX-License-Identifier: BSD-3-Clause
"""Proves the trial: what counts as noticed, when it stops, and what it lists."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Callable

from conformance.lies.assertion import Assertion
from conformance.lies.listener import Lie, Read
from conformance.lies.trial import WHOLE, Outcome, hold
from targets.outcome import Died, Hang
from targets.protocol import Facts

RET = Assertion(5, 5, "r.ret == 0")
AT = Assertion(6, 7, "a.at > b.at - 1000")


def _read(what: str, value: Any, *lines: int) -> Read:
    return Read(what, value, frozenset(lines))


READS = [
    _read("p.call(x)#1", Facts({"ret": 0}), 4),
    _read("p.call(x)#1.ret", 0, 5),
    _read("p.expect(a)#1.at", 500, 6),
    _read("p.expect(a)#2.at", 900, 7),
]

Judge = Callable[[Lie], Outcome]


def _clause(judge: Judge, *passed: Assertion, **honest: Any) -> Callable[[Lie | None], Outcome]:
    def run(lie: Lie | None) -> Outcome:
        if lie is None:
            held = Outcome("holds", passed=frozenset(passed), reads=READS)
            return replace(held, **honest)
        return judge(lie)

    return run


def _deaf(lie: Lie) -> Outcome:
    return Outcome("holds", told=1)


def _always(outcome: Outcome, _: Lie) -> Outcome:
    return outcome


def _hears_ret(lie: Lie) -> Outcome:
    red = lie.about.endswith(".ret")
    return (
        Outcome("breaks", "1", raised=frozenset({RET}), told=1) if red else Outcome("holds", told=1)
    )


def test_an_assertion_that_no_lie_turns_red_is_listed() -> None:
    found = hold(_clause(_hears_ret, RET, AT))
    assert found.cannot_fail == [str(AT)]
    assert "p.expect(a)#1.at and p.expect(a)#2.at: in the other order" in found.unnoticed


def test_the_first_lie_that_is_noticed_is_enough() -> None:
    found = hold(_clause(_hears_ret, RET))
    assert (found.runs, found.noticed) == (2, {str(RET): "p.call(x)#1.ret: one more"})


def test_all_lies_are_told_on_demand() -> None:
    found = hold(_clause(_hears_ret, RET), every=True)
    assert (found.runs, found.cannot_fail) == (4, [])


def test_a_clause_whose_assertion_is_not_heard_of_is_our_fault() -> None:
    """A clause that asserts and holds, and no assertion of it told so: its bytecode is another run's."""
    silent = hold(lambda lie: Outcome("holds"), asserts=True)
    assert silent.untried == "Gauntlet's own fault: its last assertion was not heard of"
    assert hold(_clause(_hears_ret, RET), asserts=True).untried == ""
    assert hold(lambda lie: Outcome("breaks as recorded", "SIGSEGV"), asserts=True).untried == ""


def test_red_elsewhere_is_no_proof() -> None:
    """An assertion is not acquitted by another that turned red, nor by a mistake in the harness."""
    for outcome in (
        Outcome("breaks", "1", raised=frozenset({AT}), told=1),
        Outcome("breaks", "1", told=1),
        Outcome("breaks", "TypeError: ", harness=True, raised=frozenset({RET}), told=1),
        Outcome("breaks", "1", raised=frozenset({RET}), told=0),
    ):
        always: Judge = partial(_always, outcome)
        assert hold(_clause(always, RET)).cannot_fail == [str(RET)]


def test_a_recorded_breach_must_change() -> None:
    honest = {"how": "breaks as recorded", "observed": "7", "raised": frozenset({RET})}

    def as_recorded(_: Lie) -> Outcome:
        return Outcome("breaks as recorded", "7", raised=frozenset({RET}), told=1)

    def holds(_: Lie) -> Outcome:
        return Outcome("holds though recorded as broken", told=1)

    def dies(_: Lie) -> Outcome:
        return Outcome("breaks differently", "hang", told=1)

    assert hold(_clause(dies, **honest)).cannot_fail == [str(RET)]
    assert hold(_clause(as_recorded, **honest)).cannot_fail == [str(RET)]
    assert hold(_clause(holds, **honest)).cannot_fail == []


def test_a_clause_without_assertions_must_notice_a_death() -> None:
    def dies(lie: Lie) -> Outcome:
        for change in lie.told.values():
            if isinstance(change(0), (Hang, Died)):
                return Outcome("breaks", "died", told=1)
        return Outcome("holds", told=1)

    assert hold(_clause(dies)).cannot_fail == []
    assert hold(_clause(_deaf)).cannot_fail == [WHOLE]


def test_a_death_on_record_has_been_noticed() -> None:
    found = hold(_clause(_deaf, how="breaks as recorded", observed="primary1 died: SIGSEGV"))
    assert (found.runs, found.cannot_fail) == (1, [])


def test_what_is_red_without_a_lie_is_not_tried() -> None:
    found = hold(_clause(_deaf, RET, how="breaks", observed="3"))
    assert (found.untried, found.runs) == ("breaks without a lie: 3", 0)
