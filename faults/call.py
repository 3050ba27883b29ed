# SPDX-License-Identifier: BSD-3-Clause
"""Faults that act on one call of one peer: the nth call of a C function fails with a given errno."""

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
        raise Unavailable(f"no {library}: build Gauntlet whole, `cmake --build build`")
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
