# SPDX-License-Identifier: BSD-3-Clause
"""Proves that what goes into the tunnel is whole, that its flow is its port's, and that what comes is
left alone."""
from __future__ import annotations

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from traffic.arrival import Frame
from traffic.frame import build, parse
from traffic.pump import Pump
from traffic.pump_test import FakeWire
from traffic.tunnel import FLOWS, HEADER_BYTES, PORT, Tunnel, unwrap, wrap


@pytest.mark.parametrize("length", [64, 65, 1472])
def test_a_frame_is_carried_as_it_is(length: int) -> None:
    frame = build(7, 3, 1, length)[0]
    wrapped = wrap(frame)
    assert wrapped[HEADER_BYTES:] == frame
    packet = Ether(wrapped)
    assert (packet[UDP].dport, len(wrapped)) == (PORT, HEADER_BYTES + length)
    assert (packet[IP].len, packet[UDP].len) == (28 + length, 8 + length)


def test_the_checksum_of_its_header_is_right() -> None:
    packet = Ether(wrap(build(7, 0, 1)[0]))
    found = packet[IP].chksum
    del packet[IP].chksum
    assert Ether(bytes(packet))[IP].chksum == found


def test_each_flow_has_a_port_of_its_own() -> None:
    frames = [build(flow, 0, 2) for flow in (0, 1, FLOWS - 1)]
    ports = [[Ether(wrap(frame))[UDP].sport for frame in two] for two in frames]
    assert ports == [[1024, 1024], [1025, 1025], [65535, 65535]]


def test_a_flow_without_a_port_is_refused() -> None:
    with pytest.raises(ValueError, match=f"flow is {FLOWS}; expected 0..{FLOWS - 1}"):
        wrap(build(FLOWS, 0, 1)[0])


def test_a_frame_that_was_not_taken_out_does_not_come_back() -> None:
    found = Pump(Tunnel(FakeWire(takes=3)), 4, 0.02).run(build(1, 0, 4))
    assert (found.received, len(found.foreign)) == ((), 4)


def test_a_frame_that_was_taken_out_comes_back() -> None:
    wire = FakeWire(lambda n, data: [data[HEADER_BYTES:]], drops=2)
    found = Pump(Tunnel(wire), 4, 0.02).run(build(1, 0, 8))
    assert [frame.seq for frame in found.received if isinstance(frame, Frame)] == list(range(8))
    assert found.overrun == 2


def test_both_ways_a_frame_comes_back_in_its_tunnel() -> None:
    stranger = bytes(60)
    wire = FakeWire(lambda n, data: [data, stranger])
    found = Pump(Tunnel(wire, both_ways=True), 4, 0.02).run(build(1, 0, 3))
    assert [frame.seq for frame in found.received if isinstance(frame, Frame)] == [0, 1, 2]
    assert {seen.data for seen in found.foreign} == {stranger}
    assert unwrap(b"short") == b"short"


def test_it_is_not_ours_inside() -> None:
    assert parse(wrap(build(1, 0, 1)[0])) is None
