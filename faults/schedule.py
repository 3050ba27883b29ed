# SPDX-License-Identifier: BSD-3-Clause
"""Lets the threads of all peers of a scene, and the test, go on one at a time, in a chosen order.

Threads stop at the calls by which they meet: locks, conditions, datagrams, directory, clock. Timeouts of
EAL's IPC and alarms come when that is chosen, and not when time has passed.
"""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Iterator

from targets.outcome import HarnessFault, Unavailable
from targets.peer import Peer
from targets.root import REPOSITORY
from targets.scene import Scene

# What gauntlet_schedule_turn() says.
_TURN, _NOBODY_ELSE, _NOT_YET = range(3)
_LOOK_MS = 20
_MOST_BYTES = 1 << 20

# A thread that waits in these does so whenever there is nothing to do.
_IDLE = ("recvmsg", "epoll_wait")


@dataclass(frozen=True)
class Switch:
    """At the decision of this number, counted from 0, this thread goes on: "primary1.ipc", "director",
    or "time", which passes until the next timeout."""

    at: int
    who: str

    def __str__(self) -> str:
        return f"{self.at}={self.who}"


@dataclass(frozen=True)
class Order:
    """By the rule: who runs goes on while it can, and then the first one that can; but for the switches.
    With a seed: by priorities that follow from it, but whoever would go on at a decision of `changes`
    gets a low one.  Source: Burckhardt et al., "A randomized scheduler with probabilistic guarantees of
    finding bugs", ASPLOS 2010.
    """

    switches: tuple[Switch, ...] = ()
    seed: int | None = None
    changes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Decision:
    """Who went on, who would have by the rule, and who could."""

    chosen: str
    by_rule: str
    able: tuple[str, ...]


def scheduled(scene: Scene) -> Schedule:
    """Lets the peers that this scene starts from now on take turns, once begin() is called."""
    folder = scene.binary.parent.parent / "faults"
    ours = REPOSITORY / "build" / "faults" if scene.root else folder
    for library in (folder / "libschedule.so", ours / "libschedule_director.so"):
        if not library.exists():
            raise Unavailable(
                f"no {library.name} beside the peer: build Gauntlet whole, `cmake --build build` "
                "(AddressSanitizer wants free() for itself: beside it there is none)"
            )
    schedule = Schedule(scene, ours / "libschedule_director.so")
    scene.argv_prefix = (
        *scene.argv_prefix,
        "env",
        f"LD_PRELOAD={folder / 'libschedule.so'}",
        f"GAUNTLET_SCHEDULE={schedule.file}",
    )
    # Time passes by choice: a slow machine needs no longer timeouts.
    scene.speed = replace(scene.speed, spawn_s=0.0, contention=1.0)
    return schedule


class Schedule:
    """Who goes on in a scene. Made by scheduled().

    A timeout of up to `brief` may come at any moment; a longer one when nobody else can go on.
    """

    def __init__(self, scene: Scene, library: Path) -> None:
        self._scene = scene
        self.file = (scene.directory / "schedule").absolute()
        self._library = ctypes.CDLL(str(library))
        error = self._library.gauntlet_schedule_make(os.fsencode(self.file))
        if error:
            raise HarnessFault(f"{self.file} cannot be made: {os.strerror(error)}")
        self._done: Callable[[], bool] | None = None
        self._gone: list[Peer] = []
        self.stuck: list[str] = []
        self.on = False

    # -- the order --------------------------------------------------------------------------------

    def begin(self) -> None:
        """From now on all take turns."""
        for peer in self._scene.peers:
            named = self._library.gauntlet_schedule_name(
                peer.greeting.pid, peer.pid, peer.name.encode()
            )
            if named != 0:
                raise HarnessFault(f"{peer.name} takes no turns: it was started without them")
        self._library.gauntlet_schedule_begin()
        self._scene.news.turns = self
        self.on = True

    def order(self, order: Order) -> None:
        """Another order, from here on. Nobody but us goes on at this moment: see quiet()."""
        library = self._library
        library.gauntlet_schedule_order(ctypes.c_uint64(int(self._scene.speed.brief_s * 1e9)))
        if order.seed is not None:
            library.gauntlet_schedule_by_chance(ctypes.c_uint64(order.seed))
        full = any([library.gauntlet_schedule_change(at) for at in order.changes])
        full |= any(
            [library.gauntlet_schedule_switch(one.at, one.who.encode()) for one in order.switches]
        )
        if full:
            raise HarnessFault(f"an order has too many switches or changes: {order}")

    @property
    def decisions(self) -> list[Decision]:
        """Those of this order until now."""
        lines = [line.split("\t") for line in self._text("decisions")]
        return [Decision(chosen, by_rule, tuple(able)) for chosen, by_rule, *able in lines]

    @property
    def missed(self) -> int:
        """How many switches of this order have not come, or were to a thread that could not go on."""
        return int(self._library.gauntlet_schedule_missed())

    @property
    def waiting(self) -> list[str]:
        """The threads that do something else than to wait for something to do, each with what that is."""
        told = []
        for line in self._text("threads"):
            name, state, last = line.split("\t")
            if state != "waits in the kernel" or last not in _IDLE:
                told.append(f"{name} {state}" + (f" ({last})" if last else ""))
        return told

    def _text(self, what: str) -> list[str]:
        buffer = ctypes.create_string_buffer(_MOST_BYTES)
        getattr(self._library, f"gauntlet_schedule_{what}")(buffer, ctypes.c_size_t(_MOST_BYTES))
        return buffer.value.decode().splitlines()

    def end(self) -> None:
        """Nobody takes turns any more. May be called twice."""
        if self.on:
            self.on = False
            self._scene.news.turns = None
            self._library.gauntlet_schedule_end()

    # -- our own turns ----------------------------------------------------------------------------

    def point(self) -> None:
        """Others may go on before our next step."""
        self._library.gauntlet_schedule_point()

    def quiet(self, limit_s: float = 10.0) -> list[str]:
        """Lets the others go on until nobody can; the threads that wait for something even so."""
        limit = int(limit_s * 1e3 / _LOOK_MS)
        self._library.gauntlet_schedule_wait(1)
        for _ in range(limit):
            turn = self._library.gauntlet_schedule_turn(_LOOK_MS)
            self._scene.news.raise_undeclared()
            if turn != _NOT_YET:
                return self.waiting
        return self.waiting or ["somebody goes on and on"]

    def stopped(self, peer: Peer, stopped: bool) -> None:
        """A peer is stopped, or continues: meanwhile none of its threads can go on."""
        self._library.gauntlet_schedule_process(peer.pid, 0, int(stopped))

    # -- as Turns ---------------------------------------------------------------------------------

    @contextmanager
    def telling(self) -> Iterator[None]:
        """The verb's thread is there when the block ends, or the peer has said why there is none."""
        begun = self._library.gauntlet_schedule_began()
        yield
        self._library.gauntlet_schedule_wait_begun(begun, 1000)

    def heard(self) -> None:
        """A peer has said something, or has ended."""
        line = 1
        for peer in self._scene.peers:
            if peer.ending is not None and peer not in self._gone:
                self._gone.append(peer)
                self._library.gauntlet_schedule_process(peer.pid, 1, 0)
                line = 0
        done = self._done is not None and self._done()
        if done:
            self._done = None
        self._library.gauntlet_schedule_heard(line, int(done))

    def comes(self, done: Callable[[], bool], look: Callable[[], float]) -> bool:
        """Lets the others go on until `done`; False, and `stuck` says who waits, once nobody can."""
        self.stuck = []
        # What was said before is known at once, or later: both times before anybody goes on.
        self._library.gauntlet_schedule_hear(1000)
        with self._scene.news:
            if done():
                return True
            look()
            self._done = done
        self._library.gauntlet_schedule_wait(0)
        try:
            while True:
                turn = self._library.gauntlet_schedule_turn(_LOOK_MS)
                if turn == _TURN:
                    return True
                with self._scene.news:
                    if look() == 0 or turn == _NOBODY_ELSE:
                        break
        finally:
            self._done = None
        with self._scene.news:
            while not done() and any(map(_is_ending, self._scene.peers)) and look() > 0:
                self._scene.news.sleep(0.01)
            self.stuck = self.waiting
            return done()


def _is_ending(peer: Peer) -> bool:
    """Whether the end of a process is under way, and has not been heard of.

    Source: proc(5), /proc/pid/status
    """
    if peer.ending is not None:
        return False
    try:
        lines = Path(f"/proc/{peer.pid}/status").read_text().splitlines()
    except OSError:
        return True
    told = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    killed = int(told["ShdPnd"], 16) >> (signal.SIGKILL - 1) & 1
    return told["State"][0] in "ZX" or told.get("CoreDumping") == "1" or bool(killed)
