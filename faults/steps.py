# SPDX-License-Identifier: BSD-3-Clause
"""Follows a process system call by system call: all of them are told, or one is its last, or fails."""

from __future__ import annotations

import errno
import json
import socket
import subprocess
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from targets.outcome import Hang, Unavailable
from targets.scene import Scene


@dataclass(frozen=True)
class Place:
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
    def place(self) -> Place:
        """Where it is."""
        return Place(self.thread, self.call, self.i, self.n, self.k)


class Steps:
    """The program that follows processes: one at a time, as many in turn as wanted. A with-block."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        program = scene.binary.parent.parent / "faults" / "steps"
        if not program.exists():
            raise Unavailable(f"no {program.name} beside the peer: `cmake --build build`")
        self._socket, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [str(program), str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
        theirs.close()
        self._lines = self._socket.makefile("rb")
        self._next_id = 1
        self._bite: dict[str, Any] | None = None
        self._gone = False

    def follow(
        self,
        pid: int,
        mode: str = "record",
        at: Place = Place("", ""),
        error: str = "",
        times: int = 1,
    ) -> None:
        """From now on every call counts.

        mode: "record" them; or "kill" the process at the entry of the call `at` this place, "kill after"
        it is done, or let it "fail" with `error`, and the times - 1 calls of that thread after it.
        """
        self._bite = None
        self._gone = False
        number = getattr(errno, error) if error else 0
        self._tell("follow", pid=pid, mode=mode, errno=number, times=times, **vars(at))

    def let_go(self) -> tuple[list[Call], dict[str, str]]:
        """The process runs on alone; the calls that were recorded, in their order, and the last name
        of each thread that made some."""
        answer = self._tell("let_go")
        names = {thread["role"]: thread["name"] for thread in answer["threads"]}
        return [Call(**call) for call in answer["calls"]], names

    def quiet(self) -> bool:
        """Whether every thread of it waits in a call: it will do no more by itself."""
        return bool(self._tell("quiet")["ret"])

    @property
    def pid(self) -> int:
        """The program's own."""
        return self._process.pid

    @property
    def bite(self) -> dict[str, Any] | None:
        """What the call was at which the process was killed or failed; None if it has not come."""
        return self._bite

    def look(self) -> None:
        """Takes what has been told meanwhile."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(1, socket.MSG_PEEK):
                self._socket.setblocking(True)
                self._take(self._line())
                self._socket.setblocking(False)
        except BlockingIOError:
            pass
        finally:
            self._socket.setblocking(True)

    def _tell(self, verb: str, **keys: Any) -> dict[str, Any]:
        command = {"id": self._next_id, "verb": verb, **keys}
        self._next_id += 1
        self._socket.sendall(json.dumps(command).encode() + b"\n")
        self._socket.settimeout(self.scene.speed.deadline_s)
        while True:
            line = self._line()
            if line.get("re") == command["id"]:
                break
            self._take(line)
        if "refused" in line:
            raise RuntimeError(f"steps refused {verb}: {line['refused']}")
        return line

    def _line(self) -> dict[str, Any]:
        try:
            line = self._lines.readline()
        except TimeoutError as error:
            raise Hang("steps answers", "hang: steps") from error
        if not line:
            raise RuntimeError("steps has ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def _take(self, line: dict[str, Any]) -> None:
        if line["event"] == "bit":
            self._bite = line
            self.scene.timeline.add("steps", "bit", **line)
        elif line["event"] == "gone":
            self._gone = True

    def __enter__(self) -> Steps:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Whoever is followed runs on alone."""
        self._lines.close()
        self._socket.close()
        self._process.wait()
