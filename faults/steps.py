# SPDX-License-Identifier: BSD-3-Clause
"""Follows a process system call by system call: all of them are told, or one is its last, or fails."""

from __future__ import annotations

import errno
import signal
from dataclasses import dataclass
from typing import Any

from faults.fault import Fault
from faults.helper import Helper
from targets.outcome import Unavailable
from targets.peer import Peer
from targets.root import REPOSITORY
from targets.scene import Scene


@dataclass(frozen=True)
class CallId:
    """Where a fault is to act: the parts of a Call that say which one it is."""

    thread: str
    call: str
    i: int = 0
    n: int = 0
    k: int = 0


@dataclass(frozen=True)
class Call:
    """One system call of one thread, as it is entered.

    thread: "main"; the name of a thread that was there already; or "main>2" for the second thread that
    main has made since.  i: the how many-eth of its calls of this name since it is followed.  n: of all
    its calls but those that depend on the kernel's timing (futex, nanosleep), of which k counts the
    ones after the n-th other.
    """

    thread: str
    call: str
    i: int
    n: int
    k: int
    target: str
    caller: str

    @property
    def call_id(self) -> CallId:
        """Where it is."""
        return CallId(self.thread, self.call, self.i, self.n, self.k)


class Steps:
    """The program that follows processes: one at a time, as many in turn as wanted. A with-block."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        build = REPOSITORY / "build" if scene.root else scene.binary.parent.parent
        program = build / "faults" / "steps"
        if not program.exists():
            raise Unavailable(f"no {program.name} beside the peer: `cmake --build build`")
        self._helper = Helper(scene.news, "tracer", self._take)
        self._helper.run(program)
        self._bite: dict[str, Any] | None = None
        self._follows = False

    def follow(
        self,
        pid: int,
        mode: str = "record",
        at: CallId = CallId("", ""),
        error: str = "",
        times: int = 1,
    ) -> None:
        """Follows a process: from now on each of its system calls is counted.

        mode: "record" them; or "kill" the process at the entry of the call `at` this place, "kill after"
        it is done, or let it "fail" with `error`, and the times - 1 calls of that thread after it.
        """
        self._bite = None
        self._follows = False
        number = getattr(errno, error) if error else 0
        self._helper.call("follow", pid=pid, mode=mode, errno=number, times=times, **vars(at))
        self._follows = True

    def let_go(self) -> tuple[list[Call], dict[str, str]]:
        """The process runs on alone; the calls that were recorded, in their order, and the last name
        of each thread that made some."""
        answer = self._helper.call("let_go")
        self._follows = False
        names = {thread["role"]: thread["name"] for thread in answer["threads"]}
        return [Call(**call) for call in answer["calls"]], names

    def quiet(self) -> bool:
        """Whether every thread of it waits in a call: it will do no more by itself."""
        return bool(self._helper.call("quiet")["ret"])

    @property
    def pid(self) -> int:
        """The program's own."""
        return self._helper.pid

    @property
    def bite(self) -> dict[str, Any] | None:
        """The call at which the process was killed or failed; None if it has not come."""
        return self._bite

    def look(self) -> None:
        """Takes what has been told until now: an answer comes after all of it."""
        if self._follows:
            self.quiet()

    def _take(self, line: dict[str, Any]) -> None:
        if line["event"] == "bit":
            self._bite = line
            self.scene.timeline.add("steps", "bit", **line)

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets the followed process run on alone. HarnessFault if the tracer has not ended well."""
        self._helper.end()


class DiesAtCall(Fault):
    """The peer is killed at the entry of a system call, counted from the beginning of the block. It bit
    if the peer has come there."""

    name = "SIGKILL at a system call"

    def __init__(self, peer: Peer, call_id: CallId) -> None:
        super().__init__(peer.scene)
        self.peer = peer
        self.call_id = call_id
        self._steps: Steps | None = None

    def __str__(self) -> str:
        at = self.call_id
        return f"death of {self.peer.name} at {at.call} {at.i} of {at.thread}"

    def inject(self) -> None:
        self._steps = Steps(self.scene)
        self.peer.may_end(signal=signal.SIGKILL)
        self._steps.follow(self.peer.pid, "kill", self.call_id)

    def took_effect(self) -> bool:
        if self._steps is None:
            return False
        self._steps.look()
        return self._steps.bite is not None

    def heal(self) -> None:
        if self._steps is not None:
            self._steps.close()
            self._steps = None
