# SPDX-License-Identifier: BSD-3-Clause
"""The unread are counted exactly, whatever their sizes, and a doubt is said."""

from __future__ import annotations

import socket
from typing import Any, Generator

import pytest

from faults.attacks.under_way import UnderWay

Pair = tuple[Any, ...]


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with here, there:
        yield here, there


@pytest.mark.parametrize("read", range(6))
def test_the_last_that_was_read_is_known(pair: Pair, read: int) -> None:
    here, there = pair
    under_way = UnderWay(here)
    for number, size in enumerate((332, 0, 700, 1, 332), start=100):
        here.send(bytes(size))
        under_way.sent(number, size)
    for _ in range(read):
        there.recv(1000)
    last = 99 + read if read else None
    assert under_way.count_read() == (read, last, True)
    assert under_way.is_empty() == (read == 5)
    under_way.close()


def test_what_was_sent_unsaid_is_a_doubt(pair: Pair) -> None:
    here, _ = pair
    under_way = UnderWay(here)
    here.send(bytes(3000))
    here.send(bytes(5))
    under_way.sent(7, 5)
    assert under_way.count_read()[2] is False
    under_way.close()
