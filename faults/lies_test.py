# SPDX-License-Identifier: BSD-3-Clause
"""Proves faults/lies.py: each lie is a lie, and in the one field that it names."""

from __future__ import annotations

import pytest

from faults import lies
from faults.lies import LAYOUTS, MOST_PASSED, UNDEFINED
from traffic.datagram import Layout, MpType, decode, encode

every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))


@every_layout
@pytest.mark.parametrize("most_fds", [8, MOST_PASSED])
@pytest.mark.parametrize("type", lies.DEFINED)
def test_sound_is_what_no_look_can_tell(layout: Layout, most_fds: int, type: MpType) -> None:
    told = lies.lies(layout, most_fds, type, "ping")
    wrong = [
        str(lie)
        for lie in told
        if lie.sound != lies.is_sound(layout, most_fds, lie.data, lie.passed)
    ]
    assert wrong == []
    assert {lie.sound for lie in told} == {True, False}


@every_layout
def test_no_lie_is_the_truth_and_none_is_told_twice(layout: Layout) -> None:
    told = lies.lies(layout, 8, MpType.MP_REQ, "ping")
    true = encode(layout, MpType.MP_REQ, "ping")
    assert len({str(lie) for lie in told}) == len(told)
    assert len({(lie.data, lie.passed) for lie in told} | {(true, 0)}) == len(told) + 1


def test_every_field_lies() -> None:
    layout = LAYOUTS["until 24.11"]
    fields = {lie.field for lie in lies.lies(layout, 8, MpType.MP_MSG, "ping")}
    fields |= {lie.field for lie in lies.of_type(layout, "ping")}
    assert fields == {"size", "layout", "len_param", "num_fds", "descriptors", "name", "type"}


def test_a_type_is_undefined_for_everybody() -> None:
    layout = LAYOUTS["until 24.11"]
    told = list(lies.of_type(layout, "ping"))
    assert [decode(layout, lie.data).type for lie in told] == list(UNDEFINED)
    assert not set(UNDEFINED) & set(MpType)


def test_a_layout_does_not_lie_about_itself() -> None:
    for layout in LAYOUTS.values():
        other = [lie for lie in lies.of_layout(layout, MpType.MP_REQ, "ping")]
        assert len(other) == 1 and len(other[0].data) != layout.size


def test_where_all_fit_none_are_too_many() -> None:
    layout = LAYOUTS["of 25.11"]
    told = lies.of_descriptors(layout, MOST_PASSED, MpType.MP_MSG, "ping")
    assert all(lie.sound for lie in told)
