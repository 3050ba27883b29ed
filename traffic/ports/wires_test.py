# SPDX-License-Identifier: BSD-3-Clause
"""Wires are there, silent, and carry; a wire that is not so is refused in one line."""
from __future__ import annotations

import time
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traffic.ports.named import parse
from traffic.ports.pcap import Pcap
from traffic.ports.port import PortError
from traffic.private_net import in_private_network
from traffic.wire import Wire


@given(st.from_regex(r"\A[a-z][a-z0-9w]{0,14}\Z"))
def test_the_far_end_has_a_name_of_its_own_that_fits(iface: str) -> None:
    wire = Pcap(iface).wire
    assert wire != iface
    assert len(wire) <= 15


# What runs inside the namespace


def strangers(interface: str, listen_s: float) -> int:
    with Wire(interface) as wire:
        return len(wire.receive(time.monotonic_ns() + int(listen_s * 1e9)))


def a_prepared_wire_is_silent() -> None:
    port = parse("net_pcap")
    port.prepare()
    port.link_up()
    assert strangers(port.wire, 2.0) == 0


def a_wire_with_ipv6_is_not() -> None:
    from pyroute2 import IPRoute

    with IPRoute() as netlink:
        netlink.link("add", ifname="a", kind="veth", peer="b")
        for name in ("a", "b"):
            netlink.link("set", index=netlink.link_lookup(ifname=name)[0], state="up")
    assert strangers("b", 30.0) > 0


def says(function: Callable[[], None], *named: str) -> None:
    with pytest.raises(PortError) as caught:
        function()
    line = str(caught.value)
    assert "\n" not in line
    assert all(part in line for part in named), line


def a_pair_that_is_there_already() -> None:
    parse("net_pcap,iface=a").prepare()
    says(parse("net_af_packet,iface=a").prepare, "wire aw: the kernel refuses", "File exists")


def a_veth_that_was_not_prepared() -> None:
    says(parse("net_pcap,iface=a").link_up, "interface 'a' is expected", "call prepare() first")


def a_tap_whose_primary_did_not_start() -> None:
    port = parse("net_tap,iface=t")
    port.prepare()
    says(port.link_up, "interface 't' is expected", "start the primary first")


def a_tap_is_set_up_and_silent() -> None:
    from pyroute2 import IPRoute

    port = parse("net_tap,iface=t")
    with IPRoute() as netlink:
        netlink.link("add", ifname="t", kind="tuntap", mode="tap")
        port.link_up()
        assert netlink.get_links(ifname="t")[0]["flags"] & 1
    assert Path("/proc/sys/net/ipv6/conf/t/disable_ipv6").read_text() == "1\n"


def a_wire_that_cannot_be_silenced() -> None:
    import traffic.ports.interface

    port = parse("net_pcap,iface=a")
    port.prepare()
    traffic.ports.interface._IPV6 = Path("/proc/self")  # nothing in it takes 1
    says(port.link_up, "disable_ipv6 is expected to take 1 and does not", "writable /proc/sys")


def a_wire_that_does_not_carry() -> None:
    import traffic.carrier

    traffic.carrier.carries = lambda names, wait_s: False
    says(parse("net_pcap,iface=a").prepare, "a and aw are expected to carry frames and do not")


@pytest.mark.parametrize(
    "function",
    [
        a_prepared_wire_is_silent,
        a_wire_with_ipv6_is_not,
        a_pair_that_is_there_already,
        a_veth_that_was_not_prepared,
        a_tap_whose_primary_did_not_start,
        a_tap_is_set_up_and_silent,
        a_wire_that_cannot_be_silenced,
        a_wire_that_does_not_carry,
    ],
)
def test_wires(function: Callable[[], None]) -> None:
    in_private_network(function)
