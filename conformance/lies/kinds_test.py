# SPDX-License-Identifier: BSD-3-Clause
"""Proves that each kind of lie is one: of the type that it is about, and never the truth."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest

from conformance.lies import kinds
from targets.process import Ending
from targets.protocol import Facts


@dataclass(frozen=True)
class Thing:
    pid: int
    count: int


VALUES: list[Any] = [
    None,
    True,
    0,
    7,
    -1,
    0.5,
    "",
    "EINVAL",
    "706f6e67",
    "a text",
    b"",
    b"pong",
    [],
    [1, 2],
    ["EIO", None],
    (1, "a"),
    {1, 2},
    frozenset(),
    {},
    {"a": 1},
    Counter("ab"),
    Ending(code=3),
    Thing(5, 6),
    os.stat("/"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value_can_be_lied_about(value: Any) -> None:
    told = [kind for kind in kinds.of(value) if not kind.name.endswith("what is looked for")]
    assert told and all(repr(kind.change(value)) != repr(value) for kind in told)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_the_truth_is_left_as_it_was(value: Any) -> None:
    before = repr(value)
    for kind in kinds.of(value):
        kind.change(value)
    assert repr(value) == before


def _named(value: Any) -> dict[str, Any]:
    return {kind.name: kind.change(value) for kind in kinds.of(value)}


def test_a_list_is_shorter_doubled_and_swapped() -> None:
    told = _named([1, 2, 3])
    assert (told["shorter"], told["the last twice"], told["swapped"], told["[1] zero"]) == (
        *([1, 2], [1, 2, 3, 3], [2, 1, 3], [1, 0, 3]),
    )


def test_an_errno_is_told_as_another() -> None:
    assert _named("EINVAL")["another errno"] == "EIO"
    assert _named("EIO")["another errno"] == "EPERM"


def test_bytes_in_hexadecimal_stay_such() -> None:
    assert bytes.fromhex(_named("706f")["another byte"]) == b"qo"
    assert bytes.fromhex(_named("706f")["a byte more"]) == b"po\0"


def test_what_must_not_be_there_can_be_told() -> None:
    names, text = _named(["a", "b"])["and what is looked for"], _named("abc")["what is looked for"]
    assert [name for name in names if name == "mp_socket"] and "mp_socket" in names[2:]
    assert "error" in text and text.startswith("x") and text.endswith("y") and not text != "z"


def test_an_object_is_told_with_another_attribute() -> None:
    assert _named(Thing(5, 6))[".count one more"] == Thing(5, 7)


class Pair(NamedTuple):
    flow: int
    seq: int


def test_parts_with_names_are_lied_about_in_turn() -> None:
    told = list(_named(Pair(0, 0)).items())
    assert told[:2] == [(".flow one more", Pair(1, 0)), (".seq one more", Pair(0, 1))]
    assert _named([Pair(0, 0)])["[0] .seq one more"] == [Pair(0, 1)]


def test_objects_that_know_each_other_are_no_endless_lie() -> None:
    class Known:
        name = "x"

    one = Known()
    one.__dict__.update(other=one, count=1)
    assert {name.split()[0] for name in _named({"a": one}) if name.startswith("[a]")} == {"[a]"}
    assert not [name for name in _named(one) if "other" in name]


def test_what_could_hurt_the_host_is_never_lied_about() -> None:
    assert not [name for name in _named(Thing(5, 6)) if "pid" in name]
    assert not [name for name in _named({"pid": 5}) if "pid" in name]


def test_arrays_are_shorter_and_reversed() -> None:
    told = _named(np.array([1, 2, 3]))
    assert (list(told["shorter"]), list(told["reversed"])) == ([1, 2], [3, 2, 1])


def test_an_answer_as_a_whole_is_not_of_any_type() -> None:
    assert kinds.of(Facts({"a": 1})) == []
