# SPDX-License-Identifier: BSD-3-Clause
"""News of the processes of a deployment: what they said, how they ended; and the one way to wait for
it."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import nullcontext
from typing import Callable, ContextManager, Iterable, Protocol

from targets.deadline import Deadline
from targets.outcome import Died, Hang
from targets.protocol import Facts


class Watched(Protocol):
    """A process whose end somebody must know of."""

    greeting: Facts

    @property
    def pid(self) -> int:
        """The pid in our own PID namespace."""

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet, as far as is known."""

    def death(self) -> Died:
        """The undeclared end of the process, as an exception."""

    def note_stacks(self) -> None:
        """Writes down the stacks of its threads."""


class Readable(Protocol):
    """Something that select can wait for."""

    def fileno(self) -> int:
        """The descriptor."""


class Turns(Protocol):
    """Somebody who lets the threads of all processes, and us, go on one at a time."""

    def telling(self) -> ContextManager[None]:
        """A command is sent in this block: who is to carry it out is there when it ends."""

    def heard(self) -> None:
        """A process has said something, or has ended. The lock of the news is held."""

    def comes(self, done: Callable[[], bool], look: Callable[[], float]) -> bool:
        """Lets the others go on until `done`; False when nobody can any more, or `look` returns 0."""


# An exception once whoever is waited for cannot do it any more; None until then.
Over = Callable[[], Exception | None]

_POLL_S = 0.002
_POLL_AT_MOST_S = 0.02


class News:
    """A condition, and the processes that are waited for. `with news:` takes its lock.

    deadline_s: after so many seconds in which the processes could run, what must happen is a hang.
    turns: where the threads of the processes go on one at a time, who lets them.
    notes_stacks: whether somebody will look at the stacks of a failure.
    """

    def __init__(self, deadline_s: float) -> None:
        self.deadline_s = deadline_s
        self.processes: list[Watched] = []
        self.undeclared: list[Watched] = []
        self.turns: Turns | None = None
        self.notes_stacks = True
        # A lock that one thread may take again: processes report while we wait.
        self._condition = threading.Condition(threading.RLock())
        self._helpers: set[int] = set()
        self._alarm_in, self._alarm_out = socket.socketpair()

    def __enter__(self) -> None:
        self._condition.__enter__()

    def __exit__(self, *_: object) -> None:
        self._condition.release()

    def notify(self) -> None:
        """Something has been said: whoever waits looks again. The lock must be held."""
        self._condition.notify_all()
        if self.turns is not None:
            self.turns.heard()

    def telling(self) -> ContextManager[None]:
        """A command is sent to a process in this block."""
        return self.turns.telling() if self.turns is not None else nullcontext()

    def sleep(self, at_most_s: float) -> None:
        """Sleeps until something is said, and no longer than this. The lock must be held."""
        self._condition.wait(at_most_s)

    # -- who is there -----------------------------------------------------------------------------

    def add_helper(self, pid: int) -> None:
        """A program of ours that the processes may wait for: a relay, a tracer."""
        self._helpers.add(pid)

    def remove_helper(self, pid: int) -> None:
        """Removes a helper that has ended."""
        self._helpers.discard(pid)

    def pids(self) -> Iterable[int]:
        """Those that are waited for."""
        return [*(one.pid for one in list(self.processes) if one.alive), *self._helpers]

    # -- ends that nobody declared ----------------------------------------------------------------

    def ended_undeclared(self, process: Watched) -> None:
        """Notes an end that nobody declared: from now on every wait raises it. The lock must be held."""
        self.undeclared.append(process)
        self._alarm_out.send(b"!")

    def forgive(self, process: Watched) -> None:
        """Takes back the note of an undeclared end: it is declared after all."""
        with self:
            if process in self.undeclared:
                self.undeclared.remove(process)
                self._alarm_in.recv(1)

    def raise_undeclared(self) -> None:
        """Raises Died if a process has ended in a way nobody declared."""
        with self:
            if self.undeclared:
                raise self.undeclared[0].death()

    @property
    def alarm(self) -> Readable:
        """Readable once a process has ended in a way nobody declared."""
        return self._alarm_in

    def note_stacks(self) -> None:
        """Writes the stacks of every thread of every living process, and of every core."""
        for process in list(self.processes) if self.notes_stacks else []:
            process.note_stacks()

    # -- waiting ----------------------------------------------------------------------------------

    def wait(
        self,
        done: Callable[[], bool],
        what: str,
        limit_s: float | None = None,
        over: Over = lambda: None,
    ) -> None:
        """Waits until what was said makes `done` true.

        Hang after the limit, with all stacks on record; Died when a process ends undeclared; what `over`
        returns once it returns something.
        """
        self._or_hang(what, limit_s, lambda limit: self.comes(done, limit, over))

    def comes(
        self,
        done: Callable[[], bool],
        limit_s: float | None = None,
        over: Over = lambda: None,
    ) -> bool:
        """Waits as wait() does. True in time, False after the limit."""
        deadline = self._deadline(limit_s)
        if self.turns is not None:
            return self.turns.comes(done, lambda: self._look(deadline, over))
        with self:
            while not done():
                sleep_s = self._look(deadline, over)
                if sleep_s == 0:
                    return False
                self._condition.wait(sleep_s)
            return True

    def wait_until(
        self, holds: Callable[[], bool], what: str, limit_s: float | None = None
    ) -> None:
        """Waits for a state of the kernel that nobody reports, which it looks at again and again."""
        self._or_hang(what, limit_s, lambda limit: self.holds_within(holds, limit))

    def holds_within(self, holds: Callable[[], bool], limit_s: float | None = None) -> bool:
        """Waits as wait_until() does. True in time, False after the limit."""
        deadline = self._deadline(limit_s)
        every_s, until_look_s = _POLL_S, 0.0
        while not holds():
            if until_look_s <= 0:
                until_look_s = self._look(deadline)
                if until_look_s == 0:
                    return False
            self.raise_undeclared()
            select.select([self.alarm], [], [], min(every_s, until_look_s))
            until_look_s -= every_s
            every_s = min(every_s * 1.2, _POLL_AT_MOST_S)
        return True

    def wait_readable(self, what: str, *read: Readable, limit_s: float | None = None) -> None:
        """Waits until one of these can be read."""
        self._or_hang(what, limit_s, lambda limit: self.readable_within(limit, *read))

    def readable_within(self, limit_s: float | None, *read: Readable) -> bool:
        """Waits as wait_readable() does. True in time, False after the limit."""

        deadline, sleep_s = self._deadline(limit_s), 0.0
        while True:
            ready, _, _ = select.select([*read, self.alarm], [], [], sleep_s)
            if any(one in ready for one in read):
                return True
            sleep_s = self._look(deadline)
            if sleep_s == 0:
                return False

    def _deadline(self, limit_s: float | None) -> Deadline:
        return Deadline(limit_s or self.deadline_s, self.pids)

    def _look(self, deadline: Deadline, over: Over = lambda: None) -> float:
        """How long to sleep now, in seconds; 0 once the limit is over. Raises what there is to raise."""
        self.raise_undeclared()
        error = over()
        if error is not None:
            raise error
        return deadline.sleep_s()

    def _or_hang(self, what: str, limit_s: float | None, comes: Callable[[float], bool]) -> None:
        limit = limit_s or self.deadline_s
        if not comes(limit):
            self.note_stacks()
            raise Hang(f"{what} within {limit:.0f} s", f"hang: {what}")

    def close(self) -> None:
        """Nobody waits any more."""
        self._alarm_in.close()
        self._alarm_out.close()
