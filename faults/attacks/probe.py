# SPDX-License-Identifier: BSD-3-Clause
"""Asks a process that is not ours whether it still answers: the question is one that every DPDK
answers, and that changes nothing.

It is a device request of a type that does not exist. Both roles refuse it (lib/eal/common/hotplug_mp.c),
after it has gone through the IPC thread and the interrupt thread: an answer proves that both live.
"""

from __future__ import annotations

import select
import socket
import time

from faults import unix_socket
from faults.deployment.entered import Entered
from traffic.datagram import MpType, decode, encode
from traffic.eal_param import DEV_REQUEST, Dev, ParamError

NO_SUCH_TYPE = 99


def answers(entered: Entered, sock: socket.socket, to: str, within_s: float) -> bool:
    """True if the process at `to` answers the bound socket `sock` within this time."""
    sign = f"gauntlet pulse {time.monotonic_ns()}"
    question = bytes(Dev(NO_SUCH_TYPE, sign))
    data = encode(entered.layout, MpType.MP_REQ, DEV_REQUEST, param=question)
    until = time.monotonic() + within_s
    _, writable, _ = select.select([], [sock], [], within_s)
    try:
        entered.inside(lambda: sock.sendmsg([data], [], socket.MSG_DONTWAIT, to))
    except (BlockingIOError, ConnectionRefusedError, FileNotFoundError):
        return False
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([sock, entered.alarm], [], [], left)
        if sock not in ready:
            return False
        received = unix_socket.receive(sock)
        received.close()
        if received.sender == to and _is_answer(entered, received.data, sign):
            return True
    return False


def _is_answer(entered: Entered, data: bytes, sign: str) -> bool:
    seen = decode(entered.layout, data)
    try:
        return seen.type == MpType.MP_REP and Dev.of(seen.param).devargs == sign
    except ParamError:
        return False
