# SPDX-License-Identifier: BSD-3-Clause
"""Frames: two ways to build them are one, and no damage goes unseen."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.l2 import Ether

from traffic.frame import WORKED_OFFSET, Corrupt, Frame, Numbered, build, explain, parse

FLOWS = st.integers(0, 2**32 - 1)
SEQS = st.integers(0, 2**64 - 4)
LENGTHS = st.integers(60, 1514)


@given(FLOWS, SEQS, LENGTHS)
def test_scapy_and_packing_give_equal_bytes(flow: int, seq: int, length: int) -> None:
    packed = build(flow, seq, 3, length)[2]
    by_scapy = build(flow, seq + 2, 1, length)[0]
    assert packed == by_scapy


@given(FLOWS, SEQS, LENGTHS)
def test_what_is_built_is_parsed(flow: int, seq: int, length: int) -> None:
    frames = build(flow, seq, 3, length)
    assert [len(frame) for frame in frames] == [length] * 3
    assert [parse(frame) for frame in frames] == [Frame(flow, seq + i) for i in range(3)]


def test_no_frames_are_no_frames() -> None:
    assert build(0, 0, 0) == []


@given(st.integers(0, 255))
def test_worked_is_byte_14_and_outside_the_checksum(worked: int) -> None:
    frame = bytearray(build(7, 9, 1)[0])
    frame[14] = worked
    assert WORKED_OFFSET == 14
    assert parse(bytes(frame)) == Frame(7, 9, worked)


@given(FLOWS, SEQS, st.integers(15, 63), st.integers(1, 255))
def test_any_byte_changed_after_worked_is_corrupt(flow: int, seq: int, at: int, by: int) -> None:
    frame = bytearray(build(flow, seq, 1)[0])
    frame[at] ^= by
    assert isinstance(parse(bytes(frame)), Corrupt)


@given(SEQS, st.integers(14, 63))
def test_a_frame_cut_short_is_corrupt(seq: int, length: int) -> None:
    assert isinstance(parse(build(0, seq, 1)[0][:length]), Corrupt)


@given(SEQS, st.integers(32, 63))
def test_a_frame_torn_between_two_is_corrupt(seq: int, at: int) -> None:
    first, second = build(0, seq, 2, 128)
    assert isinstance(parse(first[:at] + second[at:]), Corrupt)


def test_a_corrupt_frame_says_what_it_claims_to_be_and_why() -> None:
    frame = bytearray(build(3, 17, 1)[0])
    frame[63] ^= 1
    found = parse(bytes(frame))
    assert isinstance(found, Corrupt)
    assert (found.flow, found.seq, found.data) == (3, 17, bytes(frame))
    assert "crc" in found.why
    assert str(found).startswith("claims flow 3 seq 17 (crc ")


def test_too_short_to_claim_anything_says_so() -> None:
    found = parse(build(3, 17, 1)[0][:20])
    assert str(found) == "no numbers (20 bytes, expected at least 31)"


@pytest.mark.parametrize("data", [b"", b"\xff" * 13, b"\xff" * 12 + b"\x86\xdd" + b"\0" * 50])
def test_what_is_not_ours_is_none(data: bytes) -> None:
    assert parse(data) is None


def test_scapy_dissects_what_was_packed() -> None:
    layer = Ether(build(5, 1, 2)[1])[Numbered]
    assert (layer.flow, layer.seq, layer.worked) == (5, 2, 0)


def test_explain_a_good_frame() -> None:
    text = explain(build(5, 6, 1)[0])
    assert text.splitlines()[0] == "flow 5 seq 6 worked 0, 64 bytes, whole"
    assert "###[ Numbered ]###" in text


def test_explain_a_corrupt_frame() -> None:
    assert explain(build(5, 6, 1)[0][:-1]).startswith("corrupt: claims flow 5 seq 6 (crc ")


def test_explain_a_router_solicitation() -> None:
    from scapy.layers.inet6 import ICMPv6ND_RS, IPv6

    data = bytes(Ether(src="02:00:00:00:00:02", dst="33:33:00:00:00:02") / IPv6() / ICMPv6ND_RS())
    text = explain(data)
    assert text.splitlines()[0].startswith("not ours: ethertype 0x86dd, ")
    assert "Router Solicitation" in text


@given(st.binary(max_size=80))
def test_explain_never_raises(data: bytes) -> None:
    assert explain(data).splitlines()[0]


@pytest.mark.parametrize(
    "arguments, named",
    [
        ((-1, 0, 1, 64), "flow is -1"),
        ((2**32, 0, 1, 64), "flow is 4294967296"),
        ((0, -1, 1, 64), "first is -1"),
        ((0, 2**64 - 1, 2, 64), "first is 18446744073709551615"),
        ((0, 0, -1, 64), "count is -1"),
        ((0, 0, 1, 59), "length is 59"),
        ((0, 0, 1, 1515), "length is 1515"),
    ],
)
def test_out_of_range_is_refused_by_name(arguments: tuple[int, int, int, int], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        build(*arguments)
