# SPDX-License-Identifier: BSD-3-Clause
"""Proves what is heard of a clause, and that a lie is told once, to the clause and to nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.lies.kinds import Change
from conformance.lies.listener import Lie, Listener
from targets.observed import listening, observed, truth
from targets.outcome import Hang
from targets.protocol import Facts

ME = Path(__file__)


class Toy:
    """Looks like a peer."""

    name = "toy"

    @observed
    def call(self, verb: str) -> Facts:
        return Facts({"ret": 0, "ptr": "0x10", "msgs": [{"param": "00"}, {"param": "01"}]})

    @observed
    def names(self) -> list[str]:
        return ["a"]


def _heard(listener: Listener) -> list[str]:
    return [read.what for read in listener.reads]


def _lie(what: str, change: Change) -> Listener:
    return Listener(ME, Lie(what, "a lie", {what: change}))


def test_each_look_has_a_name_and_a_number() -> None:
    listener, toy = Listener(ME), Toy()
    with listening(listener):
        assert toy.call("x").msgs[1].param == "01"
        assert toy.call("x").ret == 0
        assert toy.names() == ["a"]
    assert _heard(listener) == [
        *("toy.call(x)#1", "toy.call(x)#1.msgs", "toy.call(x)#1.msgs[1].param"),
        *("toy.call(x)#2", "toy.call(x)#2.ret", "toy.names()#1"),
    ]


def test_only_the_clause_is_heard() -> None:
    elsewhere = Listener(Path("another file"))
    with listening(elsewhere):
        assert Toy().names() == ["a"]
    assert _heard(elsewhere) == []


def test_a_look_knows_its_line() -> None:
    listener = Listener(ME)
    with listening(listener):
        facts = Toy().call("x")
        assert facts.ret == 0
    made, read = (max(look.lines) for look in listener.reads)
    assert read == made + 1


def test_a_lie_is_told_about_one_look() -> None:
    toy: Any = Toy()
    with listening(_lie("toy.call(x)#2.ret", lambda ret: ret + 5)):
        assert [toy.call("x").ret for _ in range(3)] == [0, 5, 0]


def test_an_answer_may_never_come() -> None:
    hang = Hang("an answer", "hang: an answer")
    with listening(_lie("toy.call(x)#1", lambda _: hang)), pytest.raises(Hang):
        Toy().call("x")


def test_where_the_lie_does_not_fit_the_truth_is_told() -> None:
    listener = _lie("toy.names()#1", lambda names: names + 1)
    with listening(listener):
        assert Toy().names() == ["a"]
    assert listener.told == 0


def test_a_peer_is_never_told_a_false_address() -> None:
    with listening(_lie("toy.call(x)#1.ptr", lambda ptr: f"{ptr}lie")):
        ptr = Toy().call("x").ptr
        assert (ptr, truth(ptr), truth("another"), truth(1)) == ("0x10lie", "0x10", "another", 1)
