# SPDX-License-Identifier: BSD-3-Clause
"""Faults that act on the calls of one peer: the nth one fails, is interrupted, takes long, or waits;
or the wall clock shows another time."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from faults.fault import Fault
from targets.outcome import HarnessFault, Unavailable
from targets.peer import Peer
from targets.scene import Scene

# What each call that can be met fails with, by its manual page: section 2 or 3, and unix(7) for sockets.
# EFAULT and ENOTSOCK, which only a mistake of the caller's gives, are left out. Of two names for one
# number there is one: EAGAIN for EWOULDBLOCK, ENOTSUP for EOPNOTSUPP.
ERRORS: dict[str, tuple[str, ...]] = {
    "bind": (
        *("EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EBADF", "EINVAL", "ELOOP", "ENAMETOOLONG"),
        *("ENOENT", "ENOMEM", "ENOTDIR", "EROFS"),
    ),
    "calloc": ("ENOMEM",),
    "clock_gettime": ("EACCES", "EINVAL", "ENODEV", "ENOTSUP", "EPERM"),
    "epoll_create": ("EINVAL", "EMFILE", "ENFILE", "ENOMEM"),
    "flock": ("EBADF", "EINTR", "EINVAL", "ENOLCK", "EAGAIN"),
    "malloc": ("ENOMEM",),
    "open": (
        *("EACCES", "EBUSY", "EDQUOT", "EEXIST", "EFBIG", "EINTR", "EINVAL", "EISDIR", "ELOOP"),
        *("EMFILE", "ENAMETOOLONG", "ENFILE", "ENODEV", "ENOENT", "ENOMEM", "ENOSPC", "ENOTDIR"),
        *("ENXIO", "ENOTSUP", "EOVERFLOW", "EPERM", "EROFS", "ETXTBSY", "EAGAIN"),
    ),
    "opendir": ("EACCES", "EMFILE", "ENFILE", "ENOENT", "ENOMEM", "ENOTDIR"),
    "pthread_cond_timedwait": ("EINVAL", "EPERM", "ETIMEDOUT"),
    "pthread_create": ("EAGAIN", "EINVAL", "EPERM"),
    "realloc": ("ENOMEM",),
    "recvmsg": ("EAGAIN", "EBADF", "ECONNREFUSED", "EINTR", "EINVAL", "ENOMEM", "ENOTCONN"),
    "sendmsg": (
        *("EACCES", "EAGAIN", "EBADF", "ECONNREFUSED", "ECONNRESET", "EDESTADDRREQ", "EINTR"),
        *("EINVAL", "EISCONN", "EMSGSIZE", "ENOBUFS", "ENOENT", "ENOMEM", "ENOTCONN"),
        *("ENOTSUP", "EPERM", "EPIPE", "EPROTOTYPE", "ETOOMANYREFS"),
    ),
    "socket": ("EACCES", "EAFNOSUPPORT", "EINVAL", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"),
    "strlcpy": (),  # It fails never; it can be held, and take long.
}
FUNCTIONS = tuple(ERRORS)

# As call.cpp has it.
_GOES_THROUGH = -1
_TOO_LONG = -2
_MOST_CHARACTERS = 31
_FOR_EVER_NS = 10**18


def library_of(scene: Scene) -> Path:
    """The library to preload: it stands beside the peer in its build tree."""
    return scene.binary.parent.parent / "faults" / "libcall.so"


def breakable(scene: Scene) -> Scene:
    """Lets the calls of all peers that this scene starts from now on be met."""
    library = library_of(scene)
    if not library.exists():
        raise Unavailable(
            f"no {library.name} beside the peer: build Gauntlet whole, `cmake --build build` "
            "(AddressSanitizer wants malloc for itself: beside it there is none)"
        )
    scene.argv_prefix = (*scene.argv_prefix, "env", f"LD_PRELOAD={library}")
    return scene


class _CallRule(Fault):
    """While the block lasts, `times` calls of `function` are met from the nth on. It bit if one was.

    library: the beginning of the file name of the library whose calls count; those of others never
    do.  thread: only calls on threads of this name count.  path: only calls whose path ends so (open,
    opendir).
    """

    def __init__(
        self,
        peer: Peer,
        function: str,
        code: int,
        delay_ns: int,
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
        self._keys: dict[str, Any] = {
            "function": function,
            "library": library,
            "thread": thread,
            "path": path,
            "nth": nth,
            "times": times,
            "errno": code,
            "delay_ns": delay_ns,
        }
        self._rule: int | None = None
        self._bites = 0

    def inject(self) -> None:
        rule = self.peer.call("call_rule", **self._keys).ret
        if rule == _TOO_LONG:
            raise HarnessFault(
                f"a name in {self._keys} has more than {_MOST_CHARACTERS} characters"
            )
        if rule < 0:
            raise HarnessFault(f"{self.peer.name} takes no more rules")
        self._rule = rule

    @property
    def bites(self) -> int:
        """How many calls it has met until now."""
        if self._rule is not None and self.peer.alive:
            self._bites = self.peer.call("call_bites", rule=self._rule).ret
        return self._bites

    def took_effect(self) -> bool:
        if self.peer.alive:
            self.heal()
        return self._bites > 0

    def heal(self) -> None:
        if self._rule is not None and self.peer.alive:
            self._bites = self.peer.call("call_heal", rule=self._rule).ret
            self._rule = None


class CallFails(_CallRule):
    """These calls fail. error: the errno's name, or "" for a call that returns 0 at once, having done
    nothing.
    """

    name = "call fails"

    def __init__(self, peer: Peer, function: str, error: str, **which: Any) -> None:
        super().__init__(peer, function, getattr(errno, error) if error else 0, 0, **which)
        self.error = error

    def __enter__(self) -> CallFails:
        super().__enter__()
        return self

    def __str__(self) -> str:
        return f"{self.function} of {self.peer.name} fails with {self.error or 'nothing'}"


class CallInterrupted(CallFails):
    """These calls are interrupted by a signal before they have done anything: EINTR."""

    name = "call interrupted"

    def __init__(self, peer: Peer, function: str, **which: Any) -> None:
        if "EINTR" not in ERRORS[function]:
            able = ", ".join(name for name, errors in ERRORS.items() if "EINTR" in errors)
            raise ValueError(f"{function} is never interrupted; these may be: {able}")
        super().__init__(peer, function, "EINTR", **which)


class CallDelayed(_CallRule):
    """These calls take so many seconds longer than they would, and then do what they do."""

    name = "call delayed"

    def __init__(self, peer: Peer, function: str, delay_s: float, **which: Any) -> None:
        if delay_s <= 0:
            raise ValueError(f"delay_s is {delay_s}: a delay takes time")
        super().__init__(peer, function, _GOES_THROUGH, int(delay_s * 1e9), **which)
        self.delay_s = delay_s

    def __enter__(self) -> CallDelayed:
        super().__enter__()
        return self

    def __str__(self) -> str:
        return f"{self.function} of {self.peer.name} takes {self.delay_s:g} s"


class CallHeld(_CallRule):
    """These calls do not begin before the block ends: a delay that ends at an event, not at a time."""

    name = "call held"

    def __init__(self, peer: Peer, function: str, **which: Any) -> None:
        super().__init__(peer, function, _GOES_THROUGH, _FOR_EVER_NS, **which)

    def __enter__(self) -> CallHeld:
        super().__enter__()
        return self

    def __str__(self) -> str:
        return f"{self.function} of {self.peer.name} held"

    def wait(self) -> None:
        """Waits until a call is held."""
        self.scene.wait_until(lambda: self.bites > 0, f"a held {self.function}")


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

    def took_effect(self) -> bool:
        return abs(self._seen) > abs(self.seconds) // 2

    def heal(self) -> None:
        if self.peer.alive:
            self._step(0)
