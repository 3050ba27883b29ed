# SPDX-License-Identifier: BSD-3-Clause
"""A stack says which public functions a thread is in, and in which library where there is no name."""

from __future__ import annotations

import pytest

from faults.report import frames

MAPS = """7f0000000000-7f0000001000 r--p 00000000 fe:00 5  /usr/lib/librte_eal.so.23.0
7f0000001000-7f0000002000 r-xp 00001000 fe:00 5  /usr/lib/librte_eal.so.23.0
7f0000003000-7f0000004000 r-xp 00001000 fe:00 6  /usr/lib/librte_bus_vdev.so.23.0
7f0000005000-7f0000006000 r-xp 00001000 fe:00 7  /usr/lib/libc.so.6
"""
SAID = """PID 1 - process
TID 1:
#0  0x00007f0000005010 futex
#1  0x00007f0000001010
#2  0x00007f0000001020
#3  0x00007f0000001030 rte_mp_sendmsg
#4  0x00007f0000003010
#5  0x00007f0000001040
#6  0x00007f0000005020 start_thread
TID 12:
#0  0x00007f0000005010 epoll_wait
"""


@pytest.mark.parametrize(
    "tid, calls, innermost",
    [
        (1, ("librte_eal", "librte_bus_vdev", "rte_mp_sendmsg", "librte_eal"), "futex"),
        (12, (), "epoll_wait"),
        (2, None, ""),
    ],
)
def test_calls_of_a_thread(tid: int, calls: tuple[str, ...] | None, innermost: str) -> None:
    assert frames.calls(SAID, tid, frames.modules(MAPS)) == calls
    assert frames.innermost(SAID, tid) == innermost


def test_only_code_of_dpdk_counts() -> None:
    assert [name for _, _, name in frames.modules(MAPS)] == ["librte_eal", "librte_bus_vdev"]
    assert frames.named(("librte_eal", "rte_free")) == ("rte_free",)
