# SPDX-License-Identifier: BSD-3-Clause
"""Proves the verdicts: what is green, what is red, and the lines that say why."""

from __future__ import annotations

import pytest

from conformance.verdicts import verdict
from conformance.verdicts.expected import Breach as Recorded
from conformance.verdicts.verdict import Seen, judge, seen
from targets.outcome import Died, Inconclusive, TooSlow

RECORDED = Recorded(
    clause="a::b",
    observed="(1, 2)",
    since=("18.05",),
    seen=("22.11.11",),
    upstream="none",
    why="because",
)


def _judge(saw: Seen | None, recorded: Recorded | None = None) -> verdict.Verdict:
    return judge("a::b", "It holds.", saw, recorded, "scenes/b")


def test_what_holds_is_green() -> None:
    assert (_judge(None).verdict, _judge(None).red) == ("pass", False)


def test_what_breaks_is_red_and_says_why() -> None:
    found = _judge(Seen("x == 1", "x is 2", "2"))
    assert found.red and found.how == "breaks"
    assert found.lines().splitlines() == [
        "  promise   It holds.",
        "  expected  x == 1",
        "  actual    x is 2",
        "  alone     ci/validate 'a::b'",
        "  scene     scenes/b",
    ]


def test_command_is_the_one_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAUNTLET_ALONE", "ci/qualify --release 24.11")
    lines = _judge(Seen("x == 1", "x is 2", "2")).lines()
    assert "  alone     ci/qualify --release 24.11 'a::b'\n" in lines
    monkeypatch.setenv("GAUNTLET_PORT", "net_pcap,iface=x")
    lines = _judge(Seen("x == 1", "x is 2", "2")).lines()
    assert "  alone     ci/qualify --release 24.11 --port net_pcap,iface=x 'a::b'\n" in lines


def test_recorded_breach_is_green_only_as_recorded() -> None:
    same = _judge(Seen("", "", "(1, 2)"), RECORDED)
    other = _judge(Seen("x == 1", "x is 3", "(1, 3)"), RECORDED)
    assert (same.red, same.how) == (False, "breaks as recorded")
    assert (other.red, other.how) == (True, "breaks differently")
    assert "or broken as recorded: (1, 2)" in other.expected


def test_predicted_breach_is_green_only_as_predicted() -> None:
    told = [
        judge("a::b", "It holds.", saw, RECORDED, "scenes/b", predicted=True)
        for saw in (Seen("", "", "(1, 2)"), Seen("", "", "(1, 3)"), None)
    ]
    assert [(found.how, found.red) for found in told] == [
        ("breaks as predicted", False),
        ("breaks differently", True),
        ("holds though predicted as broken", True),
    ]


def test_recorded_breach_that_holds_is_red() -> None:
    found = _judge(None, RECORDED)
    assert found.red and "say so in the record" in found.actual


def test_inconclusive_is_red_even_if_a_breach_is_recorded() -> None:
    saw = Seen("", "", "(1, 2)", inconclusive=True)
    assert [_judge(saw, r).how for r in (None, RECORDED)] == ["inconclusive"] * 2
    assert _judge(saw, RECORDED).red


def test_comparison_is_shown_as_written() -> None:
    source = "assert (r.ret, r.nb_sent) == (0, 2)"
    saw = seen(AssertionError(), source, ("==", (-1, 1), (0, 2)))
    assert (saw.expected, saw.actual, saw.observed) == (
        "(r.ret, r.nb_sent) == (0, 2)",
        "(r.ret, r.nb_sent) is (-1, 1)",
        "(-1, 1)",
    )


def test_assert_without_comparison_is_shown_as_written() -> None:
    saw = seen(AssertionError("assert False"), "assert not ghost.has_mail", None)
    assert (saw.expected, saw.actual) == ("not ghost.has_mail", "it is not so")


def test_death_and_inconclusive_speak_for_themselves() -> None:
    died = seen(Died("a lives", "a died: SIGSEGV", "last words"), "", None)
    assert (died.observed, died.actual) == ("a died: SIGSEGV", "a died: SIGSEGV\nlast words")
    assert seen(Inconclusive("it did not bite"), "", None).inconclusive


def test_slow_machine_is_told_from_a_fault_that_did_nothing() -> None:
    saw = seen(TooSlow("the answer came 2 s late"), "", None)
    found = _judge(saw, RECORDED)
    assert (found.verdict, found.how) == ("inconclusive", "inconclusive: the machine")
    assert found.actual == "the answer came 2 s late"


def _fails_inside() -> None:
    raise OSError(22, "Invalid argument")


@pytest.mark.parametrize("recorded", [None, RECORDED])
def test_other_exception_is_our_own_fault_and_never_dpdks(recorded: Recorded | None) -> None:
    with pytest.raises(OSError) as caught:
        _fails_inside()
    found = _judge(seen(caught.value, "", None), recorded)
    assert (found.verdict, found.how) == ("own fault", "Gauntlet's own fault")
    assert found.red and found.observed == "OSError: [Errno 22] Invalid argument"
    assert "conformance/verdicts/verdict_test.py:" in found.actual
    assert found.actual.endswith('in _fails_inside: raise OSError(22, "Invalid argument")')


def test_timeout_of_pytest_is_our_own_fault() -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        pytest.fail("Timeout >180.0s")
    assert seen(caught.value, "", None).own_fault
