# SPDX-License-Identifier: BSD-3-Clause
"""A relay: a transparent go-between on a live peer's socket.

It gives the peer's socket a second name, puts a socket of its own in the old place in one step, and
passes on what arrives there, each datagram from a socket that has its sender's own address, so that
neither side can tell. Nothing is asked of the process in front of which it sits.
"""

from __future__ import annotations

import heapq
import os
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Callable

from faults import socket as sockets
from faults import where
from faults.fault import Fault
from faults.socket import Received
from faults.where import Where
from targets.outcome import Hang
from targets.scene import Scene
from traffic.datagram import MpType, decode, encode

ACTIONS = ("pass", "drop", "double", "delay", "hold", "ignore")


@dataclass
class Rule:
    """What happens to the datagrams it matches. The first rule that matches counts.

    action: pass, drop, double (passed twice), delay (passed after delay_s), hold (passed on
    `release`), ignore (answered with MP_IGN instead of passed).
    name, type: None matches any.  most: how many datagrams it applies to, None for all.
    """

    action: str
    name: str | None = None
    type: MpType | None = None
    most: int | None = None
    delay_s: float = 0.0
    bites: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"action is {self.action}; it must be one of {', '.join(ACTIONS)}")
        if (self.action == "delay") != (self.delay_s > 0):
            raise ValueError("delay_s goes with the action delay, and is more than 0")

    def matches(self, kind: int, name: str) -> bool:
        """Whether it applies to a datagram of this type and name, now."""
        spent = self.most is not None and self.bites >= self.most
        fits = self.name in (None, name) and self.type in (None, kind)
        return fits and not spent


class Relay(Fault):
    """In front of one socket of a scene, while the block lasts. It bit if every rule but "pass" was
    applied at least once, and if anything came at all."""

    name = "relay"

    def __init__(self, scene: Scene | Where, path: str, *rules: Rule) -> None:
        super().__init__(scene)
        self.where = where.of(scene)
        self.path = path
        self.rules = list(rules)
        self.seen = 0
        self._aside = str(PurePosixPath(path).with_name("aside_" + PurePosixPath(path).name))
        self._layout = self.where.layout
        self._front = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._bell_in, self._bell_out = socket.socketpair()
        self._impostors: dict[str, socket.socket] = {}
        self._due: list[tuple[float, int, Received]] = []
        self._held: list[Received] = []
        self._count = 0
        self._let_go = threading.Event()
        self._over = threading.Event()
        self._failed: BaseException | None = None
        self._news = threading.Condition()
        self._placed = False
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    @classmethod
    def unavailable(cls, scene: Scene | Where) -> str | None:
        return where.of(scene).no_relay

    def __enter__(self) -> Relay:
        super().__enter__()
        return self

    def __str__(self) -> str:
        rules = ", ".join(f"{rule.action} {rule.name or 'anything'}" for rule in self.rules)
        return f"relay before {PurePosixPath(self.path).name} ({rules or 'pass all'})"

    def inject(self) -> None:
        self._thread.start()
        self._wait(lambda: self._placed, "the relay to be in place")

    def heal(self) -> None:
        self._over.set()
        self._bell_out.send(b"!")
        self._thread.join()
        for received in [*self._held, *(entry[2] for entry in self._due)]:
            received.close()
        for each in (self._front, self._bell_in, self._bell_out, *self._impostors.values()):
            each.close()

    def bit(self) -> bool:
        with self._news:
            if self._failed is not None:
                raise self._failed
            applied = all(rule.bites > 0 for rule in self.rules if rule.action != "pass")
            return applied and self.seen > 0

    # -- what the test sees of it -----------------------------------------------------------------

    def wait_bites(self, rule: Rule, bites: int = 1) -> None:
        """Waits until a rule has been applied this often."""
        self._wait(lambda: rule.bites >= bites, f"{bites} bites of {rule.action}")

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        deadline_s = self.where.deadline_s
        with self._news:
            self._news.wait_for(lambda: done() or self._failed is not None, deadline_s)
            if self._failed is not None:
                raise self._failed
            if not done():
                raise Hang(f"{what} within {deadline_s:.0f} s", f"hang: {what}")

    def release(self) -> None:
        """Passes on what is held, in the order in which it came."""
        self._let_go.set()
        self._bell_out.send(b"!")

    # -- relaying, all on a thread that lives in the scene ----------------------------------------

    def _run(self) -> None:
        try:
            self.where.enter()
            self._place()
            try:
                while not self._over.is_set():
                    self._turn()
            finally:
                self._restore()
        except BaseException as error:  # A thread has nobody to raise to: bit() does it.
            with self._news:
                self._failed = error
                self._news.notify_all()

    def _place(self) -> None:
        own = self._aside + "_relay"
        self._front.bind(own)
        os.link(self.path, self._aside)
        os.rename(own, self.path)
        with self._news:
            self._placed = True
            self._news.notify_all()

    def _restore(self) -> None:
        if os.path.exists(self.path):
            os.rename(self._aside, self.path)
        else:
            os.unlink(self._aside)  # The peer has cleaned up and is gone.
        # What is still queued before us was sent to the peer: it gets it.
        self._front.setblocking(False)
        self._aside = self.path
        while True:
            try:
                self._pass_on(sockets.receive(self._front))
            except BlockingIOError:
                return

    def _turn(self) -> None:
        wait = max(self._due[0][0] - time.monotonic(), 0) if self._due else None
        ready, _, _ = select.select([self._front, self._bell_in], [], [], wait)
        if self._bell_in in ready:
            self._bell_in.recv(64)
        while self._due and self._due[0][0] <= time.monotonic():
            self._pass_on(heapq.heappop(self._due)[2])
        if self._let_go.is_set():
            self._let_go.clear()
            while self._held:
                self._pass_on(self._held.pop(0))
        if self._front in ready:
            self._take(sockets.receive(self._front))

    def _take(self, received: Received) -> None:
        seen = decode(self._layout, received.data)
        rule = next((r for r in self.rules if r.matches(int(seen.type), seen.name)), None)
        action = rule.action if rule else "pass"
        self.timeline.add("relay", action, **sockets.describe(self._layout, received))
        # Counted before it is passed on: whoever sees its effect may ask at once whether we bit.
        with self._news:
            self.seen += 1
            if rule:
                rule.bites += 1
            self._news.notify_all()
        if action == "drop":
            received.close()
        elif action == "ignore":
            answer = encode(self._layout, MpType.MP_IGN, seen.name)
            sockets.send(self._impostor(self.path), answer, received.sender)
            received.close()
        elif action == "hold":
            self._held.append(received)
        elif action == "delay":
            assert rule is not None
            self._count += 1  # Equal times go in the order of arrival.
            heapq.heappush(self._due, (time.monotonic() + rule.delay_s, self._count, received))
        else:
            if action == "double":
                self._send(received)
            self._pass_on(received)

    def _pass_on(self, received: Received) -> None:
        self._send(received)
        received.close()

    def _send(self, received: Received) -> None:
        try:
            sockets.send(self._impostor(received.sender), received.data, self._aside, received.fds)
        except (ConnectionRefusedError, FileNotFoundError):
            self.timeline.add("relay", "lost", why="the peer is gone")

    def _impostor(self, address: str) -> socket.socket:
        """A socket whose address is `address`, though another one lives there."""
        if address not in self._impostors:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._impostors[address] = sock
            if address:
                self.where.bind_unseen(lambda: sockets.bind_hidden(sock, address))
        return self._impostors[address]
