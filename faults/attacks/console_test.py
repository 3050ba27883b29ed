# SPDX-License-Identifier: BSD-3-Clause
"""Nobody is attacked without a y, and small texts are read as meant or refused in their place."""

from __future__ import annotations

import os
import pty
from typing import Any

import pytest

from faults.attacks import console, datagram_text
from faults.attacks.fuzz_source import LIES, Source
from faults.attacks.console import CannotAttack
from faults.deployment import event
from faults.deployment.text import TextError
from traffic.datagram import MpType, decode
from traffic.datagram_test import OLD


def _typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, text.encode())
    monkeypatch.setattr("sys.stdin", os.fdopen(theirs, "r"))


@pytest.mark.parametrize("text", ["y\n", "yes\n", "Y\n"])
def test_a_yes_is_consent(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    _typed(monkeypatch, text)
    console.consent(["will do it"], yes=False)


@pytest.mark.parametrize("text", ["n\n", "\n", "maybe\n"])
def test_anything_else_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    _typed(monkeypatch, text)
    with pytest.raises(CannotAttack, match="nothing was done"):
        console.consent(["will do it"], yes=False)


def test_who_cannot_be_asked_has_not_consented(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(CannotAttack, match="say --yes"):
            console.consent(["will do it"], yes=False)
        console.consent(["will do it"], yes=True)


@pytest.mark.parametrize(
    "text, seconds", [("5", 5), ("1.5s", 1.5), ("200ms", 0.2), ("2m", 120), ("1h", 3600)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert console.duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "x", "5 s", "-1", "1d", "1..5"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        console.duration_s(text)


def test_an_event_is_exactly_what_it_says() -> None:
    wanted = event.parse("sending reply ping", OLD)
    reply = decode(OLD, datagram_text.parse("reply ping", OLD).data)
    other = decode(OLD, datagram_text.parse("reply pong", OLD).data)
    assert wanted.matches("sending", reply)
    assert not wanted.matches("sent", reply)
    assert not wanted.matches("sending", other)
    assert event.parse("sending", OLD).matches("sending", other)


def test_what_is_wrong_is_shown_in_its_place() -> None:
    with pytest.raises(TextError) as caught:
        event.parse("sent answer ping", OLD)
    assert str(caught.value).endswith("\n  sent answer ping\n       ^")


def test_a_letter_lies_as_told() -> None:
    lie = datagram_text.parse(
        "request ping param=0x0102 len_param=300 num_fds=3 fds=1 size=400", OLD
    )
    seen = decode(OLD, lie.data[:332])
    assert (seen.type, seen.name, seen.len_param, seen.num_fds) == (MpType.MP_REQ, "ping", 300, 3)
    assert (len(lie.data), lie.fds) == (400, 1)


@pytest.mark.parametrize("lie", LIES)
def test_a_forgery_is_a_function_of_seed_and_number(lie: str) -> None:
    first, again = Source(OLD, 7, (lie,)), Source(OLD, 7, (lie,))
    assert [first.forge(n) for n in range(200)] == [again.forge(n) for n in range(200)]
    assert {first.forge(n).lies for n in range(200)} == {(lie,)}
    other = Source(OLD, 8, (lie,))
    assert sum(first.forge(n) == other.forge(n) for n in range(200)) < 50


@pytest.mark.parametrize("lies", [(), ("x",), ("type", "x")])
def test_unknown_lies_are_refused(lies: Any) -> None:
    with pytest.raises(ValueError, match="there are type"):
        Source(OLD, 1, lies)
