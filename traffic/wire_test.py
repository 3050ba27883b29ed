# SPDX-License-Identifier: BSD-3-Clause
"""Wires on a real veth pair, in a network namespace of its own."""
from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from typing import Callable, Iterator

import pytest

import traffic.wire
from traffic.account import account
from traffic.frame import build
from traffic.ports.pcap import Pcap
from traffic.private_net import in_private_network
from traffic.pump import Pump
from traffic.wire import Seen, Wire, WireError

Fate = Callable[[int, bytes], "list[bytes]"]


def soon(seconds: float = 5.0) -> int:
    return time.monotonic_ns() + int(seconds * 1e9)


@contextlib.contextmanager
def two_ends() -> Iterator[tuple[Wire, Wire]]:
    port = Pcap("g0")
    port.prepare()
    with Wire(port.iface) as near, Wire(port.wire) as far:
        yield near, far


@contextlib.contextmanager
def worker(wire: Wire, fate: Fate) -> Iterator[None]:
    """Play DPDK: touch each frame and send what fate(n, frame) says back."""
    over = threading.Event()

    def work() -> None:
        count = 0
        while not over.is_set():
            for seen in wire.receive(soon(0.01)):
                touched = seen.data[:14] + bytes([seen.data[14] + 1]) + seen.data[15:]
                answer = fate(count, touched)
                assert len(wire.send(answer)) == len(answer)
                count += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def raises(named: str, function: Callable[[], object]) -> None:
    with pytest.raises(WireError, match=named):
        function()


def enter(interface: str) -> None:
    with Wire(interface):
        pass


# What runs inside the namespace


def frames_cross_in_order() -> None:
    frames = build(0, 0, 500)
    with two_ends() as (near, far):
        before_ns = time.monotonic_ns()
        sent_ns = near.send(frames)
        seen: list[Seen] = []
        while len(seen) < len(frames) and (more := far.receive(soon())):
            seen += more
        assert [one.data for one in seen] == frames
        stamps = [before_ns, *sent_ns, time.monotonic_ns()]
        assert stamps == sorted(stamps)
        arrived = [one.at_ns for one in seen]
        assert arrived == sorted(arrived)
        assert all(left < came for left, came in zip(sent_ns, arrived))


def frames_that_go_out_are_not_seen() -> None:
    """Neither one's own nor those of another socket on the same interface."""
    with two_ends() as (near, far), Wire(near.interface) as other:
        near.send(build(0, 0, 10))
        assert far.receive(soon())
        assert near.receive(soon(0.1)) == other.receive(soon(0.1)) == []


def frames_that_go_out_are_not_seen_before_kernel_4_20() -> None:
    traffic.wire._PACKET_IGNORE_OUTGOING = 9999  # ENOPROTOOPT, as such a kernel says
    frames_that_go_out_are_not_seen()


def the_kernel_is_told_to_ignore_them() -> None:
    with two_ends() as (near, _):
        assert near._open.getsockopt(263, 23) == 1


def receive_waits_for_its_deadline_and_no_longer() -> None:
    with two_ends() as (near, _):
        deadline_ns = soon(0.05)
        assert near.receive(deadline_ns) == []
        assert 0 <= time.monotonic_ns() - deadline_ns < 1e9


def receive_takes_no_more_than_asked() -> None:
    with two_ends() as (near, far):
        near.send(build(0, 0, 10))
        assert len(far.receive(soon(), 1)) == 1
        assert 1 <= len(far.receive(soon(), 4)) <= 4


def an_overrun_is_counted_once() -> None:
    import socket

    frames = build(0, 0, 500, 1514)
    with two_ends() as (near, far):
        far._open.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        near.send(frames)
        seen: list[Seen] = []
        while more := far.receive(soon(0.2)):
            seen += more
        assert far.overrun() == len(frames) - len(seen) > 0
        assert far.overrun() == 0


def an_echo_is_exact() -> None:
    with two_ends() as (near, far), worker(near, lambda n, data: [data]):
        found = Pump(far, 64, silence_s=2.0).run(build(1, 0, 5000))
    assert account(found.sent, found.received).exact
    assert {arrival.worked for arrival in found.received} == {1}  # type: ignore[union-attr]
    assert found.inconclusive is None


def what_the_echo_does_is_found() -> None:
    def fate(count: int, data: bytes) -> list[bytes]:
        answers: dict[int, list[bytes]] = {100: [], 200: [data, data], 300: [data[:-1] + b"\xff"]}
        return answers.get(count, [data])

    with two_ends() as (near, far), worker(near, fate):
        found = Pump(far, 16, silence_s=0.2).run(build(0, 0, 1000))
    result = account(found.sent, found.received)
    assert (result.lost, result.doubled) == (((0, 100),), ((0, 200),))
    assert [corrupt.seq for corrupt in result.corrupted] == [300]
    assert not (result.disordered or result.invented)


def a_frame_above_the_mtu_is_named() -> None:
    with two_ends() as (near, _):
        long = build(0, 0, 1)[0] + bytes(2000)
        raises("sending frame 1 of 2, 2064 B: .* EMSGSIZE", lambda: near.send([long[:64], long]))


def an_interface_that_is_not_there() -> None:
    raises("'nowhere': binding: .* ENODEV .*; make it first", lambda: enter("nowhere"))


def an_interface_that_is_down() -> None:
    raises("'lo': binding: .* ENETDOWN .*; call the port's link_up", lambda: enter("lo"))


def an_interface_that_goes() -> None:
    from pyroute2 import IPRoute

    with two_ends() as (near, far):
        with IPRoute() as netlink:
            netlink.link("del", ifname="g0")
        raises("receiving: .* ENETDOWN", lambda: far.receive(soon()))
        raises("sending frame 0 of 1, 64 B: .* ENXIO", lambda: near.send(build(0, 0, 1)))


@pytest.mark.parametrize(
    "function",
    [
        frames_cross_in_order,
        frames_that_go_out_are_not_seen,
        frames_that_go_out_are_not_seen_before_kernel_4_20,
        the_kernel_is_told_to_ignore_them,
        receive_waits_for_its_deadline_and_no_longer,
        receive_takes_no_more_than_asked,
        an_overrun_is_counted_once,
        an_echo_is_exact,
        what_the_echo_does_is_found,
        a_frame_above_the_mtu_is_named,
        an_interface_that_is_not_there,
        an_interface_that_is_down,
        an_interface_that_goes,
    ],
)
def test_on_a_veth(function: Callable[[], None]) -> None:
    in_private_network(function)


def test_a_wire_is_used_inside_its_block() -> None:
    raises("'lo' is closed", lambda: Wire("lo").send([]) or Wire("lo").receive(0))


def test_without_the_right_to_a_packet_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr("traffic.wire.socket.socket", refuse)
    raises("opening a packet socket: .* EPERM .*; run as root", lambda: enter("lo"))
