# SPDX-License-Identifier: BSD-3-Clause
"""Faults that act on the calls of one peer: the nth one fails, or the wall clock shows another time."""

from __future__ import annotations

import errno
from pathlib import Path

from faults.fault import Fault
from targets.outcome import Unavailable
from targets.peer import Peer
from targets.scene import Scene

FUNCTIONS = (
    "bind",
    "calloc",
    "clock_gettime",
    "flock",
    "malloc",
    "open",
    "opendir",
    "pthread_cond_timedwait",
    "pthread_create",
    "realloc",
    "recvmsg",
    "sendmsg",
    "socket",
)


def library_of(scene: Scene) -> Path:
    """The library to preload: it stands beside the peer in its build tree."""
    return scene.binary.parent.parent / "faults" / "libcall.so"


def breakable(scene: Scene) -> Scene:
    """Lets the calls of all peers that this scene starts from now on be failed."""
    library = library_of(scene)
    if not library.exists():
        raise Unavailable(
            f"no {library.name} beside the peer: build Gauntlet whole, `cmake --build build` "
            "(AddressSanitizer wants malloc for itself: beside it there is none)"
        )
    scene.argv_prefix = ("env", f"LD_PRELOAD={library}", *scene.argv_prefix)
    return scene


class CallFails(Fault):
    """While the block lasts, `times` calls of `function` fail from the nth on. It bit if one did.

    error: the errno's name, or "" for a call that returns 0 at once, having done nothing.
    library: the beginning of the file name of the library whose calls count; those of others never
    do.  thread: only calls on threads of this name count.  path: only calls whose path ends so (open,
    opendir).
    """

    name = "call fails"

    def __init__(
        self,
        peer: Peer,
        function: str,
        error: str,
        *,
        nth: int = 1,
        times: int = 1,
        library: str = "librte_eal",
        thread: str = "",
        path: str = "",
    ) -> None:
        super().__init__(peer.scene)
        if function not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise ValueError(f"{function} cannot be made to fail; these can: {known}")
        if nth < 1 or times < 1:
            raise ValueError(f"nth is {nth} and times is {times}: both count from 1")
        self.peer = peer
        self.function = function
        self.error = error
        self._keys = {
            "function": function,
            "library": library,
            "thread": thread,
            "path": path,
            "nth": nth,
            "times": times,
            "errno": getattr(errno, error) if error else 0,
        }
        self._rule: int | None = None
        self.bites = 0

    def __enter__(self) -> CallFails:
        super().__enter__()
        return self

    def __str__(self) -> str:
        return f"{self.function} of {self.peer.name} fails with {self.error or 'nothing'}"

    def inject(self) -> None:
        rule = self.peer.call("call_rule", **self._keys).ret
        if rule < 0:
            raise RuntimeError(f"{self.peer.name} takes no more rules")
        self._rule = rule

    def bit(self) -> bool:
        if self.peer.alive:
            self.heal()
        return self.bites > 0

    def heal(self) -> None:
        if self._rule is not None and self.peer.alive:
            self.bites = self.peer.call("call_heal", rule=self._rule).ret
            self._rule = None


class WallClockStepped(Fault):
    """While the block lasts, the wall clock that a peer is shown is wrong by so many seconds, as if it
    had been stepped; the kernel's own, which timed waits go by, is not. It bit if the peer sees it.
    """

    name = "wall clock stepped"

    def __init__(self, peer: Peer, seconds: int) -> None:
        super().__init__(peer.scene)
        self.peer = peer
        self.seconds = seconds
        self._seen = 0

    def __str__(self) -> str:
        return f"wall clock of {self.peer.name} stepped by {self.seconds} s"

    def inject(self) -> None:
        self._seen = self._step(self.seconds)

    def _step(self, seconds: int) -> int:
        clock = self.peer.call("wall_clock_step", seconds=seconds)
        return int(clock.after - clock.before)

    def bit(self) -> bool:
        return abs(self._seen) > abs(self.seconds) // 2

    def heal(self) -> None:
        if self.peer.alive:
            self._step(0)
