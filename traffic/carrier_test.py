# SPDX-License-Identifier: BSD-3-Clause
"""Carrier is waited for, and its absence ends at the deadline."""
from __future__ import annotations

import threading
import time
from typing import Callable

import pytest
from pyroute2 import IPRoute

from traffic.carrier import carries
from traffic.private_net import in_private_network


def set_up(netlink: IPRoute, name: str) -> None:
    netlink.link("set", index=netlink.link_lookup(ifname=name)[0], state="up")


def an_end_that_comes_up_later_is_waited_for() -> None:
    with IPRoute() as netlink:
        netlink.link("add", ifname="a", kind="veth", peer="b")
        set_up(netlink, "a")
        later = threading.Timer(0.1, set_up, (netlink, "b"))
        before = time.monotonic()  # Before it can begin, so that nothing seems to take less.
        later.start()
        assert carries(("a", "b"), 10.0)
        assert 0.1 <= time.monotonic() - before < 10.0
        later.join()


def an_end_that_stays_down_ends_at_the_deadline() -> None:
    with IPRoute() as netlink:
        netlink.link("add", ifname="a", kind="veth", peer="b")
        set_up(netlink, "a")
        before = time.monotonic()
        assert not carries(("a", "b"), 0.1)
        assert 0.1 <= time.monotonic() - before < 5.0


def what_is_not_there_does_not_carry() -> None:
    assert not carries(("nowhere",), 0.0)


@pytest.mark.parametrize(
    "function",
    [
        an_end_that_comes_up_later_is_waited_for,
        an_end_that_stays_down_ends_at_the_deadline,
        what_is_not_there_does_not_carry,
    ],
)
def test_carrier(function: Callable[[], None]) -> None:
    in_private_network(function)
