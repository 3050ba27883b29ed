# SPDX-License-Identifier: BSD-3-Clause
"""What the kernel tells of interfaces is what pyroute2 has set, and of no interface it tells nothing."""
from __future__ import annotations

import select
from typing import Callable

import pytest
from pyroute2 import IPRoute

from traffic.private_net import in_private_network
from traffic.rtnetlink import OPERSTATE_UP, LinkEvents, addresses, operstate


def a_pair(netlink: IPRoute) -> list[int]:
    netlink.link("add", ifname="a", kind="veth", peer="b")
    return [netlink.link_lookup(ifname=name)[0] for name in ("a", "b")]


def the_state_is_up_only_when_both_ends_are() -> None:
    with IPRoute() as netlink, LinkEvents() as events:
        one, other = a_pair(netlink)
        netlink.link("set", index=one, state="up")
        assert operstate("a") not in (None, OPERSTATE_UP)
        netlink.link("set", index=other, state="up")
        poll = select.poll()
        poll.register(events, select.POLLIN)
        while operstate("a") != OPERSTATE_UP:
            assert poll.poll(10_000)
            events.clear()
        netlink.link("set", index=one, state="down")
        assert operstate("a") != OPERSTATE_UP


def addresses_are_those_of_one_interface() -> None:
    with IPRoute() as netlink:
        one, other = a_pair(netlink)
        # More than the kernel tells in one datagram.
        many = [f"10.0.{number // 250}.{number % 250 + 1}" for number in range(500)]
        for address in many:
            netlink.addr("add", index=one, address=address, prefixlen=32)
        netlink.addr("add", index=other, address="2001:db8::7", prefixlen=64)
        netlink.addr("add", index=other, local="192.0.2.1", address="192.0.2.2", prefixlen=32)
        assert addresses("a") == set(many)
        assert addresses("b") == {"2001:db8::7", "192.0.2.1"}


def of_no_interface_nothing_is_told() -> None:
    assert operstate("nowhere") is None
    assert addresses("nowhere") == set()


@pytest.mark.parametrize(
    "function",
    [
        the_state_is_up_only_when_both_ends_are,
        addresses_are_those_of_one_interface,
        of_no_interface_nothing_is_told,
    ],
)
def test_rtnetlink(function: Callable[[], None]) -> None:
    in_private_network(function)
