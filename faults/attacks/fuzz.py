# SPDX-License-Identifier: BSD-3-Clause
"""faults/attack ghost --fuzz: malformed datagrams at full speed, and what they do to the one who reads.

As many are under way as the reader's queue holds. How many of them have not been read the kernel tells
when it matters, so the number of the one that did it is known. What comes back is taken out of the way; a
request is answered MP_IGN, so that nobody waits for the ghost.
"""

from __future__ import annotations

import argparse
import os
import select
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Callable

from faults.attacks import console
from faults.attacks.fuzz_source import Forged, Source
from faults.attacks.datagram_text import descriptors
from faults.attacks.probe import answers
from faults.attacks.console import CannotAttack, Interrupted
from faults.attacks.session import Session
from faults.attacks.unread import Unread
from faults.attacks.describe import clock, described
from faults.deployment import proc
from faults.deployment.child import Child
from faults.deployment.crash_watch import crash_watch
from faults.deployment.find import NotThere, Process
from faults.deployment.entered import Entered
from faults.ghost import Ghost
from targets import threads
from traffic.datagram import MpType, decode, encode

# After so long without a read it is looked at why; after so long more it is called a standstill.
LOOK_S = 0.02
PATIENCE_S = 6.0  # DPDK's own waits end after 5 s.
LISTEN_EVERY = 64
DRAIN_EVERY = 4


def check(arguments: argparse.Namespace, entered: Entered) -> None:
    """CannotAttack for what makes no sense."""
    if arguments.fuzz < 1 or arguments.first < 0:
        raise CannotAttack("--fuzz wants a number from 1, --first one from 0")
    try:
        Source(entered.layout, arguments.seed, tuple(arguments.lies.split(",")))
    except ValueError as error:
        raise CannotAttack(f"--lies: {error}") from error


def plan(arguments: argparse.Namespace, target: Process) -> list[str]:
    """The announcement of what is going to be done."""
    return [
        f"will send {arguments.fuzz} malformed datagrams to {target}, seed {arguments.seed}; it may "
        "die, hang or lose its devices, and so may the others",
        "will trace all of them for signals (ptrace), which costs them nothing",
    ]


@dataclass
class _Findings:
    """The findings so far. last: the number of the last datagram that was read, if that is `exact`."""

    read: int = 0
    last: int | None = None
    exact: bool = True
    ended: dict[int, str] = field(default_factory=dict)
    dying: dict[int, str] = field(default_factory=dict)
    over: str = ""


def run(arguments: argparse.Namespace, running: Session, bound: Ghost, target: Process) -> int:
    """Sends them all, or as many as are read; the exit status."""
    deployment = running.now()
    running.entered.may_end()
    looker: Child | None
    try:
        looker = crash_watch(list(deployment.processes))
    except NotThere as error:
        looker = None
        console.line(f"  mind: {error}; which signal kills it will not be known")
    console.line(f"{clock()} sending; Ctrl-C ends it")
    fuzzer = _Fuzzer(arguments, running.entered, bound, target, looker)
    try:
        try:
            fuzzer.run()
        except Interrupted:
            fuzzer.found.over = "interrupted"
        return fuzzer.report(list(deployment.processes))
    finally:
        fuzzer.close()
        if looker is not None:
            looker.close()


class _Fuzzer:
    def __init__(
        self,
        arguments: argparse.Namespace,
        entered: Entered,
        bound: Ghost,
        target: Process,
        looker: Child | None,
    ) -> None:
        self.found = _Findings()
        self._arguments = arguments
        self._entered = entered
        self._sock = bound.sock
        self._target = target
        self._looker = looker
        self._source = Source(entered.layout, arguments.seed, tuple(arguments.lies.split(",")))
        self._numbers = range(arguments.first, arguments.first + arguments.fuzz)
        # A path that is right for us, wherever the deployment lives.
        folder, name = os.path.split(target.address)
        self._folder = entered.inside(os.open, folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._short = f"/proc/self/fd/{self._folder}/"
        self._to = self._short + name
        self._unread = Unread(self._sock)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", 0, 2000))

    def close(self) -> None:
        """Lets go of the directory."""
        self._unread.close()
        os.close(self._folder)

    def run(self) -> None:
        """Sends datagrams until all are read, or nothing is read any more."""
        began = time.monotonic()
        with descriptors(3) as fds:
            for count, number in enumerate(self._numbers):
                forged = self._source.forge(number)
                if not self._send(forged, fds):
                    return
                self._unread.sent(number, len(forged.data))
                if count % DRAIN_EVERY == 0:
                    self._drain()
                # Another thread than the one that reads may be what dies.
                if count % LISTEN_EVERY == 0 and self._hear_of_deaths(0) and self._is_over():
                    return
                if count and count % 100_000 == 0:
                    rate = count / (time.monotonic() - began)
                    console.line(f"{clock()} {count} sent, {rate:.0f}/s")
            self._wait(self._unread.is_empty)

    def _send(self, forged: Forged, fds: list[int]) -> bool:
        """False if it cannot be sent any more; `found` says why."""
        rights = _rights(fds[: forged.fds])

        def done() -> bool:
            try:
                self._sock.sendmsg([forged.data], rights, 0, self._to)
            except BlockingIOError:
                return False  # The queue has been full for as long as SO_SNDTIMEO says.
            return True

        try:
            return done() or self._wait(done)
        except (ConnectionRefusedError, FileNotFoundError):
            self.found.over = "its socket is gone"
            self._hear_of_deaths(1.0)
            self._is_over()
            return False

    def _wait(self, done: Callable[[], bool]) -> bool:
        """True once the condition holds; if it cannot hold any more, False, and `found` says why."""
        since, looked, left = time.monotonic(), False, self._unread.bytes()
        while not done():
            self._drain()
            if self._hear_of_deaths(0.0005) and self._is_over():
                return False
            if self._unread.bytes() != left:
                since, looked, left = time.monotonic(), False, self._unread.bytes()
            waited = time.monotonic() - since
            if waited > LOOK_S and not looked:
                looked = True
                if not threads.has_ipc_thread(self._target.pid):
                    self.found.over = "its IPC thread has ended"
                    self._wait_death()
                    return False
            if waited > PATIENCE_S:
                self.found.over = f"it has read nothing for {PATIENCE_S:g} s"
                return False
        return True

    def _is_over(self) -> bool:
        """True if the target dies. Then the target is let die."""
        pid = self._target.pid
        if pid in self.found.dying and pid not in self.found.ended:
            self._count()  # While it is held its queue is still there to be looked at.
            self._let_die()
        if pid in self.found.ended:
            self.found.over = "it has died"
        return pid in self.found.ended

    def _drain(self) -> None:
        """Takes what has come, and answers requests."""
        while True:
            try:
                data, _, _, sender = self._sock.recvmsg(65536, 0, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            seen = decode(self._entered.layout, data)
            if seen.type != MpType.MP_REQ or not sender:
                continue
            ignore = encode(self._entered.layout, MpType.MP_IGN, seen.name)
            to = self._short + os.path.basename(sender)
            try:
                self._sock.sendmsg([ignore], [], socket.MSG_DONTWAIT, to)
            except OSError:
                continue  # It does not read, or is gone: it will find out without us.

    # -- deaths -----------------------------------------------------------------------------------

    def _hear_of_deaths(self, within_s: float) -> bool:
        """True if the watch for fatal signals has reported something, which is then noted. The dying
        process is held."""
        if self._looker is None:
            ended, _, _ = select.select([self._entered.alarm], [], [], within_s)
            if ended:
                self.found.ended.setdefault(self._entered.host.pid, "of what is not known")
            return False
        ready, _, _ = select.select([self._looker], [], [], within_s)
        if not ready:
            return False
        said = self._looker.next()
        if "over" in said:
            self._looker = None  # Nobody is left whose end it could tell.
            return False
        if "dying" in said:
            self.found.dying[said["dying"]] = f"{said['signal']} on its thread {said['thread']}"
            if said["dying"] != self._target.pid:
                self._looker.go_on()
        if "ended" in said:
            self.found.ended[said["ended"]] = said["how"]
        return True

    def _let_die(self) -> None:
        """Lets a process die whose signal is known, and waits for its end."""
        if self._looker is not None:
            self._looker.go_on()
        self._wait_death()

    def _wait_death(self) -> None:
        """Waits for the news how the process has ended, if it has: that comes when its core has been
        written."""
        until = time.monotonic() + PATIENCE_S
        pid = self._target.pid
        while pid not in self.found.ended and time.monotonic() < until:
            if pid not in self.found.dying and proc.state(pid) not in ("", "Z", "X"):
                return
            self._hear_of_deaths(0.1)
        if pid in self.found.ended:
            self.found.over = "it has died"

    def _count(self) -> None:
        """Counts the datagrams that have been read, once, while that can be seen."""
        if self.found.last is None and not self.found.read:
            self.found.read, self.found.last, self.found.exact = self._unread.count_read()

    # -- the report -------------------------------------------------------------------------------

    def report(self, processes: list[Process]) -> int:
        """The findings in words."""
        found = self.found
        self._drain()
        self._count()
        while self._hear_of_deaths(0.0):
            if self._target.pid in found.dying and self._target.pid not in found.ended:
                self._let_die()
        console.line(
            f"{clock()} {found.read} of {len(self._numbers)} datagrams were read"
            + (f": {found.over}" if found.over else "")
        )
        bad = [self._about(process) for process in processes]
        if any(bad):
            self._accuse()
        return console.DID_NOT_BITE if any(bad) else console.DONE

    def _about(self, process: Process) -> bool:
        """Says how a process is; whether that is bad."""
        if process.pid in self.found.ended or proc.state(process.pid) in ("", "Z", "X"):
            how = self.found.ended.get(process.pid, "unknown to us")
            signal_ = self.found.dying.get(process.pid)
            console.line(f"  {process}: DEAD: {signal_ or how}")
            return True
        heard = bool(process.address) and answers(self._entered, self._sock, process.address, 2.0)
        # Looked at afterwards: a thread that has read its last one takes a moment to end.
        thread = threads.has_ipc_thread(process.pid)
        console.line(
            f"  {process}: lives, its IPC thread {'lives' if thread else 'HAS ENDED'}, it "
            f"{'answers' if heard else 'DOES NOT ANSWER'}"
        )
        return not (thread and heard)

    def _accuse(self) -> None:
        number = self.found.last
        if number is None:
            console.line("  it had read none of them before")
            return
        if not self.found.exact:
            console.line(
                "  which one did it is not sure: it is one of the dozen before the next line's"
            )
        forged = self._source.forge(number)
        what = described(self._entered.layout, forged.data, forged.fds)
        console.line(f"  the last that it has read is number {number}: {what}")
        console.line(f"    it lies in: {', '.join(forged.lies)}; 0x{forged.data[:96].hex()}...")
        again = f"--seed {self._arguments.seed} --lies {self._arguments.lies}"
        console.line(f"    that one alone: {console.ME} ghost --fuzz 1 --first {number} {again}")
        console.line(
            "    what another thread than the IPC thread dies of may be due to an earlier one; those "
            f"up to it: --fuzz {number - self._numbers.start + 1} --first {self._numbers.start}"
        )


def _rights(fds: list[int]) -> list[tuple[int, int, bytes]]:
    """The descriptors as ancillary data for sendmsg."""
    if not fds:
        return []
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"={len(fds)}i", *fds))]
