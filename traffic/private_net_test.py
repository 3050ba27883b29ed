# SPDX-License-Identifier: BSD-3-Clause
"""The private network is private, and a failure in it is a failure."""
from __future__ import annotations

import socket

import pytest

from traffic.private_net import in_private_network


def sees_nothing_but_loopback() -> None:
    assert [name for _, name in socket.if_nameindex() if not name.startswith(("lo", "ifb"))] == []


def is_wrong() -> None:
    raise RuntimeError("on purpose")


def test_it_is_private() -> None:
    in_private_network(sees_nothing_but_loopback)


def test_a_failure_inside_fails_outside() -> None:
    with pytest.raises(pytest.fail.Exception, match="RuntimeError: on purpose"):
        in_private_network(is_wrong)
