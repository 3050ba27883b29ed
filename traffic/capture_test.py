# SPDX-License-Identifier: BSD-3-Clause
"""Proves that Scapy reads back from a capture what was written: the datagram, its way, its time and its
words."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from scapy.packet import Raw
from scapy.utils import rdpcap

from traffic.capture import Capture, Carried, Sighting
from traffic.datagram import Layout, MpType, encode
from traffic.datagram_test import NEW, OLD

AT_NS = 1_700_000_000_123_456_789
DISSECTOR = Path(__file__).with_name("rte_mp.lua")


def _written(path: Path, layout: Layout | None, data: bytes, done: str = "pass") -> Path:
    capture = Capture(path / "seen.pcapng")
    seen = Sighting(AT_NS, data, "/run/dpdk/rte/mp_socket", "/run/dpdk/rte/mp_socket_7_1", 2, done)
    capture.add(seen, layout, "primary > secondary: REQ ping")
    capture.close()
    return path / "seen.pcapng"


@pytest.mark.parametrize("layout", [OLD, NEW])
def test_what_is_written_is_read(tmp_path: Path, layout: Layout) -> None:
    data = encode(layout, MpType.MP_REQ, "ping", param=b"hello", num_fds=2)
    (packet,) = rdpcap(str(_written(tmp_path, layout, data, "drop")))
    assert isinstance(packet, Carried)
    assert (packet.sender, packet.receiver) == (
        b"/run/dpdk/rte/mp_socket",
        b"/run/dpdk/rte/mp_socket_7_1",
    )
    assert (packet.fds, packet.done, packet.layout()) == (2, b"drop", layout)
    read = packet.payload
    assert (read.type, read.msg_name.rstrip(b"\0"), read.len_param) == (1, b"ping", 5)
    assert bytes(read) == data


def test_time_and_words_are_kept(tmp_path: Path) -> None:
    (packet,) = rdpcap(str(_written(tmp_path, OLD, encode(OLD, name="ping"))))
    assert int(packet.time * 10**9) // 1000 == AT_NS // 1000
    # Scapy 2.6 reads a comment with its newline.
    assert packet.comment.removesuffix(b"\n") == b"primary > secondary: REQ ping"


@pytest.mark.parametrize("layout, data", [(None, b"x" * 340), (OLD, b"short"), (OLD, b"")])
def test_what_has_no_layout_is_bytes(tmp_path: Path, layout: Layout | None, data: bytes) -> None:
    (packet,) = rdpcap(str(_written(tmp_path, layout, data)))
    assert bytes(packet.payload) == data
    assert not data or isinstance(packet.payload, Raw)


def test_every_packet_is_whole_while_the_file_grows(tmp_path: Path) -> None:
    capture = Capture(tmp_path / "seen.pcapng")
    for number in range(1, 4):
        capture.add(Sighting(AT_NS, encode(OLD, name="ping"), "", "b"), OLD, "words")
        assert len(rdpcap(str(tmp_path / "seen.pcapng"))) == number
    capture.close()


def test_wireshark_shows_it(tmp_path: Path) -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed (Debian package tshark)")
    data = encode(OLD, MpType.MP_REQ, "ping", param=b"hello")
    path = _written(tmp_path, OLD, data)
    argv = [tshark, "-X", f"lua_script:{DISSECTOR}", "-r", str(path), "-V"]
    said = subprocess.run(argv, capture_output=True, text=True).stdout
    for expected in ("primary > secondary: REQ ping", "Type: MP_REQ (1)", "Name: ping", "68 65 6c"):
        assert expected in said
