# SPDX-License-Identifier: BSD-3-Clause
"""The unread are counted exactly, whatever their sizes, and a doubt is said."""

from __future__ import annotations

import socket
from typing import Any, Generator

import pytest

from faults.attacks.unread import Unread

Pair = tuple[Any, ...]


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with here, there:
        yield here, there


@pytest.mark.parametrize("read", range(6))
def test_the_last_that_was_read_is_known(pair: Pair, read: int) -> None:
    here, there = pair
    unread = Unread(here)
    for number, size in enumerate((332, 0, 700, 1, 332), start=100):
        here.send(bytes(size))
        unread.sent(number, size)
    for _ in range(read):
        there.recv(1000)
    last = 99 + read if read else None
    assert unread.count_read() == (read, last, True)
    assert unread.is_empty() == (read == 5)
    unread.close()


def test_what_was_sent_unsaid_is_a_doubt(pair: Pair) -> None:
    here, _ = pair
    unread = Unread(here)
    here.send(bytes(3000))
    here.send(bytes(5))
    unread.sent(7, 5)
    assert unread.count_read()[2] is False
    unread.close()
