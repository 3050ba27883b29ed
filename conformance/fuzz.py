# SPDX-License-Identifier: BSD-3-Clause
"""Datagrams of chance, sent to a process until it is harmed or has had enough of them.

A million take minutes. Who can send one can do worse: only processes of the same user, and root's, reach
the socket. Robustness is what is tried here, not a wall.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import struct
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Callable

from faults import lies
from faults.ghost import Ghost
from faults.lies import Lie, is_sound
from targets.observed import observed
from targets.outcome import Breach
from targets.peer import Peer
from targets.scene import Scene
from targets.threads import has_ipc_thread
from traffic.datagram import Layout, MpType, encode

DEFAULT_DATAGRAMS = 600
DEFAULT_SEED = 1

# Of malformed datagrams that end the IPC thread, each of which costs a process, so many are enough.
ENOUGH = 3

# For this long a harmful list is made shorter.
SHRINK_S = 20.0

# So long a datagram waits for room in a queue, before it is asked whether anybody still reads.
_ROOM_S = 0.2

_FATAL = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
_AT_ONCE = 50


class Chance:
    """Makes datagrams: any bytes, and more often those that are almost one."""

    def __init__(self, layout: Layout, most_fds: int, seed: int) -> None:
        self._layout = layout
        self._most_fds = most_fds
        self._random = random.Random(seed)
        self._edges = [*lies.UNDEFINED, *MpType, 255, 256, 257, most_fds, most_fds + 1]

    def __call__(self) -> Lie:
        """The next one."""
        draw = self._random
        what = draw.randrange(6)
        if what == 0:
            data = draw.randbytes(draw.randrange(2 * self._layout.size))
        else:
            data = self._almost()
        if what == 1:
            data = data[: draw.randrange(self._layout.size)]
        elif what == 2:
            data += draw.randbytes(draw.randint(1, 64))
        return Lie("", "", data, sound=is_sound(self._layout, self._most_fds, data, 0))

    def _almost(self) -> bytes:
        draw = self._random
        room = self._layout.param.size
        name = draw.choice((b"ping", b"", b"%n", draw.randbytes(draw.randint(0, 64))))
        return encode(
            self._layout,
            type=draw.choice((draw.choice(list(MpType)), self._int())),
            name=name[: self._layout.name.size],
            len_param=self._int() if draw.random() < 0.1 else draw.randint(0, room),
            num_fds=self._int() if draw.random() < 0.1 else draw.randint(0, self._most_fds),
            param=draw.randbytes(draw.randint(0, room)),
            fill=draw.randbytes(1),
        )

    def _int(self) -> int:
        draw = self._random
        chosen: int = draw.choice(
            (draw.choice(self._edges), draw.randint(lies.INT_MIN, lies.INT_MAX))
        )
        return chosen


@observed
def answers(ghost: Ghost, peer: Peer) -> bool:
    """True if a process that has the action "next" answers; if not, its IPC thread has ended."""
    scene = ghost.scene
    ghost.send(MpType.MP_REQ, "next", to=scene.socket_of(peer))
    scene.wait_until(
        lambda: ghost.has_mail or not has_ipc_thread(peer.pid),
        "an answer, or the end of the IPC thread",
    )
    if not ghost.has_mail:
        return False
    ghost.expect("next", MpType.MP_REP)
    return True


@dataclass
class Found:
    """A harm, and the datagrams that did it."""

    harm: str
    told: list[Lie]

    def __str__(self) -> str:
        return f"{self.harm}: " + ", ".join(lie.data.hex() or "nothing" for lie in self.told)


class Fuzz:
    """Sends `wanted` datagrams to a process that `start` makes, in one scene.

    manner: what it does with "ping", the one name that is often hit.  outcome: what they did, by
    "malformed" and "sound".  worst: the shortest list that did harm though each one's form was right.
    """

    def __init__(
        self,
        scene: Scene,
        start: Callable[[], Peer],
        *,
        wanted: int,
        seed: int,
        manner: str = "silent",
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        self.scene = scene
        self.start = start
        self.wanted = wanted
        self.seed = seed
        self.manner = manner
        self.progress = progress
        self.sent = 0
        self.tally: Counter[str] = Counter()
        self._outcome: dict[str, str] = {}
        self.worst: Found | None = None
        self._peer = self._fresh()
        self.layout = Ghost(scene).layout
        self.most_fds = self._peer.greeting.max_fd_num

    @property
    @observed
    def outcome(self) -> dict[str, str]:
        """The harm that each kind of datagram did, "malformed" and "sound"; {} if none did."""
        return dict(self._outcome)

    def run(self) -> None:
        """Sends datagrams until all are sent, or a list that does harm is found and made as short as
        it gets."""
        chance = Chance(self.layout, self.most_fds, self.seed)
        while self.sent < self.wanted and self.worst is None:
            told = [chance() for _ in range(min(_AT_ONCE, self.wanted - self.sent))]
            sound = [lie for lie in told if lie.sound]
            harm = self._sent(sound)
            if harm:
                self._shorten(harm, sound)
            for lie in (lie for lie in told if not lie.sound):
                self._malformed(lie)
            self.progress(self.sent)

    def _malformed(self, lie: Lie) -> None:
        if self.tally["malformed that did harm"] >= ENOUGH:
            self.tally["malformed withheld"] += 1
            self.sent += 1
            return
        harm = self._sent([lie])
        if harm:
            self.tally["malformed that did harm"] += 1
            known = self._outcome.setdefault("malformed", harm)
            if harm not in known:
                self._outcome["malformed"] = f"{known}, {harm}"

    def _shorten(self, harm: str, told: list[Lie]) -> None:
        """Leaves out of a harmful list what it can: halves first, then one after another."""
        self.worst = Found(harm, told)
        until = time.monotonic() + SHRINK_S
        step = len(told)
        while step > 1 and time.monotonic() < until:
            step = (step + 1) // 2
            at = 0
            while at < len(self.worst.told) and time.monotonic() < until:
                shorter = self.worst.told[:at] + self.worst.told[at + step :]
                also = self._sent(shorter) if shorter else ""
                if also:
                    self.worst = Found(also, shorter)
                else:
                    at += step
        self._outcome["sound"] = self.worst.harm

    def _sent(self, told: list[Lie]) -> str:
        """Sends them to the process, and asks it something: what became of it, "" for nothing."""
        self._peer.fetch_all()
        kind = "sound" if all(lie.sound for lie in told) else "malformed"
        self.sent += len(told)
        self.tally[kind] += len(told)
        with Ghost(self.scene, "chance", idle=True) as ghost:
            harm = self._harm(ghost, told)
        if harm:
            about = [lie.data.hex() for lie in told]
            self.scene.timeline.add("fuzz", "harm", done=harm, data=about)
            if self._peer.alive:
                self._peer.kill()
            self._peer = self._fresh()
        return harm

    def _harm(self, ghost: Ghost, told: list[Lie]) -> str:
        address = self.scene.socket_of(self._peer)
        ghost.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, int(_ROOM_S * 1e6))
        )
        try:
            for lie in told:
                while not self.scene.isolation.inside(_put, ghost.sock, lie.data, address):
                    if not has_ipc_thread(self._peer.pid):
                        return "its IPC thread ends"
            if answers(ghost, self._peer):
                return ""
            self._peer.call("nothing")  # One that is just dying has no threads either.
            return "its IPC thread ends"
        except (ConnectionRefusedError, FileNotFoundError):
            return f"it died: {self._peer.wait_end()}"
        except Breach as error:
            return error.observed if self._peer.alive else f"it died: {self._peer.ending}"

    def _fresh(self) -> Peer:
        peer = self.start()
        for fatal in _FATAL:
            peer.may_end(signal=fatal)
        peer.call("mp_action_register", name="ping", manner=self.manner)
        peer.call("mp_action_register", name="fill", manner="silent")
        peer.call("mp_action_register", name="next", manner="reply")
        # What is claimed and not passed are these again (test_claims.py): no descriptor of anything else.
        with Ghost(self.scene, "filler") as ghost:
            fds = [os.open(os.devnull, os.O_RDONLY) for _ in range(peer.greeting.max_fd_num)]
            ghost.send(MpType.MP_MSG, "fill", fds=fds, to=self.scene.socket_of(peer))
            for fd in fds:
                os.close(fd)
            assert answers(ghost, peer)
        return peer


def _put(sock: socket.socket, data: bytes, address: str) -> bool:
    """True if there was room for the datagram."""
    with suppress(BlockingIOError):
        sock.sendto(data, address)
        return True
    return False
