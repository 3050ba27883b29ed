# SPDX-License-Identifier: BSD-3-Clause
"""The datagram is read as it was written, in any layout, and no lie is taken for the truth."""
from __future__ import annotations

import copy
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.datagram import Datagram, Layout, LayoutError, MpType, decode, encode, layer, show


def greeting(size: int, name: int, len_param: int, num_fds: int, param: int) -> dict[str, Any]:
    return {
        "size": size,
        "type": {"offset": 0, "size": 4},
        "name": {"offset": name, "size": 64},
        "len_param": {"offset": len_param, "size": 4},
        "num_fds": {"offset": num_fds, "size": 4},
        "param": {"offset": param, "size": 256},
    }


OLD_GREETING = greeting(332, 4, 68, 72, 76)
OLD = Layout.from_greeting(OLD_GREETING)
NEW = Layout.from_greeting(greeting(340, 8, 72, 76, 80))  # as 25.11 lays it out

LAYOUTS = st.sampled_from([OLD, NEW])
INTS = st.integers(-(2**31), 2**31 - 1)
NAMES = st.text(st.characters(min_codepoint=1, max_codepoint=0x7FF), min_size=1, max_size=31)
PARAMS = st.binary(max_size=256)
FILLS = st.binary(min_size=1, max_size=1)


@given(LAYOUTS, st.sampled_from(MpType), NAMES, st.integers(0, 253), PARAMS, FILLS)
def test_what_is_written_is_read(
    layout: Layout, kind: MpType, name: str, num_fds: int, param: bytes, fill: bytes
) -> None:
    data = encode(layout, kind, name, num_fds=num_fds, param=param, fill=fill)
    assert len(data) == layout.size
    assert decode(layout, data) == Datagram(kind, name, len(param), num_fds, param)


@given(LAYOUTS, st.integers(0, 3), INTS, INTS, PARAMS)
def test_lies_are_written_as_told_and_read_as_lies(
    layout: Layout, kind: int, len_param: int, num_fds: int, param: bytes
) -> None:
    read = decode(layout, encode(layout, kind, "ping", len_param, num_fds, param))
    assert (read.type, read.len_param, read.num_fds) == (kind, len_param, num_fds)
    assert (read.malformed is None) == (0 <= len_param <= 256 and num_fds >= 0)


@given(LAYOUTS, st.binary(max_size=400))
def test_any_bytes_are_read_in_one_line(layout: Layout, data: bytes) -> None:
    assert decode(layout, data).malformed or len(data) == layout.size
    assert len(show(layout, data).splitlines()) == 1


@given(LAYOUTS, st.data())
def test_any_datagram_is_read_in_one_line(layout: Layout, data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=layout.size, max_size=layout.size))
    assert len(show(layout, raw).splitlines()) == 1


def test_the_bytes_of_the_old_layout() -> None:
    data = encode(OLD, MpType.MP_REP, "ping", param=b"hello", num_fds=2)
    assert data == struct.pack("=i64sii256s", 2, b"ping", 5, 2, b"hello")


def test_the_bytes_of_the_new_layout() -> None:
    data = encode(NEW, MpType.MP_REP, "ping", param=b"hello", num_fds=2)
    assert data == struct.pack("=i4x64sii256s4x", 2, b"ping", 5, 2, b"hello")


def test_the_one_is_malformed_to_the_other() -> None:
    read = decode(OLD, encode(NEW, name="ping"))
    assert read.malformed == "340 bytes, expected 332; name is empty"


def test_fill_is_what_dpdk_would_leave_over() -> None:
    data = encode(NEW, name="ping", param=b"hello", fill=b"\xaa")
    name = b"ping\0".ljust(64, b"\xaa")
    param = b"hello".ljust(256, b"\xaa")
    gap = b"\xaa" * 4
    assert data == struct.pack("=i4s64sii256s4s", 1, gap, name, 5, 0, param, gap)


# What is wrong with it


@pytest.mark.parametrize(
    "data, malformed",
    [
        (b"", "0 bytes, expected 332; name is empty"),
        (encode(OLD, name="ping")[:331], "331 bytes, expected 332"),
        (encode(OLD, name="ping") + b"x", "333 bytes, expected 332"),
        (encode(OLD, 77, "ping"), "type 77 is none of 0..3"),
        (encode(OLD, -1, "ping"), "type -1 is none of 0..3"),
        (encode(OLD), "name is empty"),
        (encode(OLD, name=b"x" * 64), "name has no NUL in 64 bytes"),
        (encode(OLD, name="ping", len_param=257), "len_param 257 is outside 0..256"),
        (encode(OLD, name="ping", len_param=-1), "len_param -1 is outside 0..256"),
        (encode(OLD, name="ping", num_fds=-1), "num_fds -1 is below 0"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, malformed: str) -> None:
    assert decode(OLD, data).malformed == malformed
    assert show(OLD, data).endswith(f" MALFORMED: {malformed}")


def test_a_name_of_other_bytes() -> None:
    assert decode(OLD, encode(OLD, name=b"p\xffng")).name == "p\\xffng"


def test_a_short_one_says_what_it_has() -> None:
    read = decode(OLD, encode(OLD, MpType.MP_MSG, "ping", param=b"hello")[:70])
    assert (read.type, read.name, read.param) == (MpType.MP_MSG, "ping", b"\0" * 5)


# One line


@pytest.mark.parametrize(
    "data, line",
    [
        (encode(OLD, name="ping", param=b"hello"), "REQ ping param[5]=68656c6c6f fds=0"),
        (encode(OLD, MpType.MP_IGN, "a b", num_fds=3), "IGN a b param[0]= fds=3"),
        (encode(OLD, MpType.MP_MSG, "a\nb"), "MSG a\\nb param[0]= fds=0"),
        (
            encode(OLD, MpType.MP_REP, "x", param=bytes(33)),
            f"REP x param[33]={'00' * 32}... fds=0",
        ),
        (
            encode(OLD, 9, "x", len_param=-5),
            "type=9 x param[-5]= fds=0 MALFORMED: type 9 is none of 0..3;"
            " len_param -5 is outside 0..256",
        ),
    ],
)
def test_show(data: bytes, line: str) -> None:
    assert show(OLD, data) == line


def test_scapy_shows_it() -> None:
    text = layer(NEW)(encode(NEW, name="ping", param=b"hello")).show(dump=True)
    for expected in ("rte_mp message", "MP_REQ", "msg_name", "pad_4", "pad_336", "hello"):
        assert expected in text


def test_a_layout_has_one_class() -> None:
    again = Layout.from_greeting(copy.deepcopy(OLD_GREETING))
    assert layer(again) is layer(OLD)
    assert layer(OLD) is not layer(NEW)


# Refusals


@pytest.mark.parametrize(
    "lie, named",
    [
        ({"name": "x" * 65}, "name has 65 bytes; expected at most the field's 64"),
        ({"param": bytes(257)}, "param has 257 bytes; expected at most the field's 256"),
        ({"type": 2**31}, "type is 2147483648; expected a C int"),
        ({"len_param": -(2**31) - 1}, "len_param is -2147483649"),
        ({"num_fds": 2**31}, "num_fds is 2147483648"),
        ({"fill": b""}, "fill is b''; expected one byte"),
        ({"fill": b"ab"}, "fill is b'ab'"),
    ],
)
def test_what_does_not_fit_is_refused(lie: dict[str, Any], named: str) -> None:
    with pytest.raises(LayoutError) as caught:
        encode(OLD, **lie)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "changed, named",
    [
        ({"size": None}, "size of layout is None"),
        ({"size": -1}, "size of layout is -1"),
        ({"size": True}, "size of layout is True"),
        ({"size": 331}, "param ends at 332; expected within the size, 331"),
        ({"name": None}, "name is None; expected an object"),
        ({"name": 4}, "name is 4; expected an object"),
        ({"name": {"offset": 4}}, "size of name is None"),
        ({"name": {"offset": "4", "size": 64}}, "offset of name is '4'"),
        ({"name": {"offset": 3, "size": 64}}, "name is at 3, inside type, which ends at 4"),
        ({"param": {"offset": 76, "size": 0}}, "param has no bytes"),
        ({"num_fds": {"offset": 72, "size": 2}}, "num_fds has 2 bytes; expected an int of 4"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(LayoutError) as caught:
        Layout.from_greeting({**OLD_GREETING, **changed})
    assert named in str(caught.value)


def test_a_greeting_may_say_more() -> None:
    assert Layout.from_greeting({**OLD_GREETING, "max_fds": 8}) == OLD
