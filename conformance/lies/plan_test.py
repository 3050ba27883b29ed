# SPDX-License-Identifier: BSD-3-Clause
"""Proves the order of the lies: what stands in the assertion comes first, and results before the rest."""

from __future__ import annotations

from typing import Any

from conformance.lies import plan
from conformance.lies.assertion import Assertion
from conformance.lies.listener import Read
from targets.protocol import Facts

HERE = Assertion(5, 6, "...")


def _read(what: str, value: Any, *lines: int) -> Read:
    return Read(what, value, frozenset(lines))


def _lies(*reads: Read, assertion: Assertion | None = HERE) -> list[str]:
    return [str(lie) for lie in plan.about(list(reads), assertion)]


def test_what_the_assertion_reads_comes_first() -> None:
    lies = _lies(_read("p.call(x)#1.ret", 0, 4), _read("p.names()#1", ["a"], 6))
    assert [lie.partition("#")[0] for lie in lies[:4]] == ["p.names()"] * 3 + ["p.call(x)"]


def test_results_come_before_the_rest() -> None:
    lies = _lies(_read("p.call(x)#1.size", 3, 5), _read("p.call(x)#1.ret", 0, 5))
    assert lies[0] == "p.call(x)#1.ret: one more"


def test_what_is_read_later_cannot_matter() -> None:
    assert not any("p.b" in lie for lie in _lies(_read("p.a()#1", 1, 5), _read("p.b()#1", 2, 9)))


def test_of_a_loop_the_first_and_the_last_are_lied_about() -> None:
    lies = _lies(*(_read(f"p.call(x)#{n}.ret", True, 5) for n in range(9)))
    assert lies == [
        "p.call(x)#0.ret: the opposite",
        "p.call(x)#8.ret: the opposite",
        "each p.call(x)#0.ret: the opposite",
    ]


def test_each_look_has_its_first_lie_before_another_has_its_second() -> None:
    lies = _lies(_read("p.names()#1", ["a"], 5), _read("p.count()#1", 3, 5))
    assert [lie.partition("#")[0] for lie in lies[:4]] == ["p.count()", "p.names()"] * 2


def test_what_the_assertion_names_comes_first() -> None:
    alive = _read("p.alive()#1", True, 5)
    named = Assertion(5, 6, "p.alive == True", 0, 2)
    assert _lies(_read("p.call(x)#1.ret", 0, 5), alive, assertion=named)[0].startswith("p.alive")


def test_where_its_variables_got_their_values_comes_before_all_else() -> None:
    made = Assertion(5, 6, "seen == 1", made=frozenset({2}))
    lies = _lies(_read("p.a()#1", 1, 2), _read("p.b()#1", 2, 4), assertion=made)
    assert [lie.partition("#")[0] for lie in lies[:4]] == ["p.a()"] * 3 + ["p.b()"]


def test_what_has_changed_is_told_to_be_as_it_was() -> None:
    reads = [_read(f"p.call(x)#{n}.ret", value, 5) for n, value in enumerate((["a"], ["a"], []))]
    (lie,) = [lie for lie in plan.about(reads, HERE) if lie.kind == "as p.call(x)#1.ret was"]
    assert lie.told["p.call(x)#2.ret"]([]) == ["a"]


def test_two_that_should_differ_are_told_to_be_the_same() -> None:
    reads = [_read(f"p.call(x)#{n}.ptr", f"0x{n}0", 5) for n in (1, 2, 3)]
    (lie,) = [lie for lie in plan.about(reads, HERE) if lie.kind == "the same"]
    assert [lie.told[read.what](read.value) for read in (reads[0], reads[2])] == ["0x10", "0x10"]


def test_two_of_one_key_are_told_to_be_the_same() -> None:
    reads = [_read("p.expect(one)#1.tid", 7, 5), _read("p.expect(other)#1.tid", 8, 5)]
    (lie,) = [lie for lie in plan.about(reads, HERE) if lie.kind == "the same"]
    assert [lie.told[read.what](read.value) for read in reads] == [7, 7]


def test_times_are_told_in_the_other_order() -> None:
    reads = [_read("p.expect(a)#1.at", 100, 5), _read("p.expect(b)#1.at", 130, 5)]
    (lie,) = plan.about(reads, HERE)
    told = [lie.told[read.what](read.value) for read in reads]
    assert (lie.kind, told) == ("in the other order", [100, 70])


def test_a_time_alone_is_early_or_late() -> None:
    assert _lies(_read("p.expect(a)#1.at", 100, 5)) == [
        *("p.expect(a)#1.at: early", "p.expect(a)#1.at: late"),
    ]


def test_durations_are_lied_about_by_far_more_than_any_deadline() -> None:
    assert _lies(_read("p.call(x)#1.took_ns", 100, 5)) == [
        *("p.call(x)#1.took_ns: no time", "p.call(x)#1.took_ns: 100 s more"),
    ]


def test_events_are_swapped_and_come_twice() -> None:
    first, second = Facts({"n": 1}), Facts({"n": 2})
    reads = [_read("p.expect(a)#1", first, 5), _read("p.expect(a)#2", second, 5)]
    swapped, twice = plan.about(reads, HERE)
    assert [swapped.told[read.what](read.value) for read in reads] == [second, first]
    assert {what: change(None) for what, change in twice.told.items()} == {"p.expect(a)#2": first}


def test_only_a_clause_without_assertions_is_told_of_deaths() -> None:
    read = _read("p.call(x)#1", Facts({}), 5)
    assert _lies(read) == []
    assert _lies(read, assertion=None) == [
        *("p.call(x)#1: never came", "p.call(x)#1: the peer died"),
    ]
