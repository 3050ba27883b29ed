# SPDX-License-Identifier: BSD-3-Clause
"""A wire on another host, by SSH: its frames, the rules of a wire there, the ends of the connection."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

import pytest

from ci.far.sshd import HOST, another_host, ours_over_there, set_down, with_another_host
from conformance.verdicts import verdict
from traffic.account import account
from traffic.far.address import parse
from traffic.far.connection import FarError
from traffic.frame import build
from traffic.ports.far_cable import FarCable
from traffic.pump import Pump
from traffic.wire import Wire

CABLE = FarCable(parse(HOST), "eth1")
FRAMES = build(0, 0, 2000)
WINDOW = 128


def soon() -> int:
    return time.monotonic_ns() + 10_000_000


@contextmanager
def echo() -> Iterator[None]:
    """Plays DPDK on the port: touches each frame, and sends it back."""
    over = threading.Event()

    def work(wire: Wire) -> None:
        while not over.is_set():
            touched = [
                seen.data[:14] + bytes([seen.data[14] + 1]) + seen.data[15:]
                for seen in wire.receive(soon())
            ]
            wire.send(touched)

    with Wire("port") as wire:
        thread = threading.Thread(target=work, args=(wire,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def ends(pid: int, within_s: float) -> bool:
    """Whether a process has ended within this time."""
    try:
        opened = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([opened], [], [], within_s)[0])
    finally:
        os.close(opened)


def every_frame_comes_back() -> None:
    with another_host(), echo(), CABLE.wire() as wire:
        found = Pump(wire, WINDOW, 10.0).run(FRAMES)
        assert found.inconclusive is None
        assert account(found.sent, found.received).exact
        times = list(zip(found.sent_ns, sorted(found.received_ns)))
        assert all(sent < received for sent, received in times)


def the_rules_are_those_of_the_other_host() -> None:
    with another_host() as host:
        assert CABLE.why_not() is None
        assert CABLE.carries(10.0)
        assert CABLE.describe().startswith("eth1, ") and CABLE.describe().endswith(f", on {HOST}")
        why = FarCable(parse(HOST), "eth9").why_not()
        assert why == f"on {HOST}: there is no such interface; there are: ctl, eth1, lo"
        why = FarCable(parse(HOST), "ctl").why_not()
        assert why == f"on {HOST}: an SSH session comes through it: frames would disturb it"
        host.inside(set_down, "eth1")
        assert CABLE.why_not() == f"on {HOST}: it is down: ip link set eth1 up"
        assert not CABLE.carries(0.1)
        with pytest.raises(FarError, match=f"^on {HOST}: wire 'eth1': binding: .* ENETDOWN"):
            with CABLE.wire():
                pass


def who_cannot_be_reached_is_told_in_a_line() -> None:
    with another_host() as host:
        (host.folder / "known_hosts").write_text("")
        why = str(CABLE.why_not())
        assert why.startswith(f"{HOST} cannot be reached: ") and why.endswith(f"; try: ssh {HOST}")
        assert "Host key verification failed" in why and "\n" not in why
        why = str(FarCable(parse("10.9.0.2:23"), "eth1").why_not())
        assert "Connection refused" in why and "\n" not in why


def no_process_stays_there() -> None:
    with another_host():
        with CABLE.wire():
            (there,) = ours_over_there()
        assert ends(there, 10.0)


HOLD = f"""
from traffic.far.address import parse
from traffic.ports.far_cable import FarCable
import sys
with FarCable(parse({HOST!r}), "eth1").wire():
    print("open", flush=True)
    sys.stdin.read()
"""


def no_process_stays_after_our_kill() -> None:
    with another_host():
        argv, pipe = [sys.executable, "-c", HOLD], subprocess.PIPE
        with subprocess.Popen(argv, stdin=pipe, stdout=pipe) as ours:
            assert ours.stdout is not None and ours.stdout.readline() == b"open\n"
            (there,) = ours_over_there()
            ours.send_signal(signal.SIGKILL)
            assert ends(there, 10.0)


def _ssh() -> int:
    """The ssh of this process."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    names = {int(pid): Path(f"/proc/{pid}/comm").read_text().strip() for pid in children}
    (found,) = [pid for pid, name in names.items() if name == "ssh"]
    return found


def the_end_of_ssh_is_told_and_ends_all() -> None:
    with another_host(), echo():
        with CABLE.wire() as wire:
            (there,) = ours_over_there()
            at = {500: lambda: os.kill(_ssh(), signal.SIGKILL)}
            with pytest.raises(FarError, match=f"^the connection to {HOST} was lost"):
                Pump(wire, WINDOW, 10.0).run(FRAMES, at)
        assert ends(there, 10.0)


def a_link_that_is_cut_is_told_as_a_lost_connection() -> None:
    """Nobody on either side is told that the cable of the connection is out."""
    with another_host() as host, echo():
        with CABLE.wire() as wire:
            (there,) = ours_over_there()
            with pytest.raises(FarError, match=f"^the connection to {HOST} was lost"):
                Pump(wire, WINDOW, 2.0).run(FRAMES, {500: lambda: host.inside(set_down, "ctl")})
        assert ends(there, 45.0)


def a_wire_that_goes_down_is_no_loss() -> None:
    with another_host() as host, echo(), CABLE.wire() as wire:
        with pytest.raises(FarError, match=f"^on {HOST}: wire 'eth1': .* ENETDOWN"):
            Pump(wire, WINDOW, 2.0).run(FRAMES, {500: lambda: host.inside(set_down, "eth1")})


@pytest.mark.parametrize(
    "function",
    [
        every_frame_comes_back,
        the_rules_are_those_of_the_other_host,
        who_cannot_be_reached_is_told_in_a_line,
        no_process_stays_there,
        no_process_stays_after_our_kill,
        the_end_of_ssh_is_told_and_ends_all,
        a_link_that_is_cut_is_told_as_a_lost_connection,
        a_wire_that_goes_down_is_no_loss,
    ],
)
def test_wire_on_another_host(function: Callable[[], None]) -> None:
    with_another_host(function)


def test_a_lost_connection_is_gauntlets_own_fault() -> None:
    saw = verdict.seen(FarError(f"the connection to {HOST} was lost"), "", None)
    found = verdict.judge("c", "p", saw, None, "")
    assert (found.how, found.red) == (verdict.OWN_FAULT, True)
    assert f"the connection to {HOST} was lost" in found.actual
