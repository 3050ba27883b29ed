# SPDX-License-Identifier: BSD-3-Clause
"""The hand that holds a relay engine (faults/relay/): starts it, tells it, hears it, ends it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any, Callable

from faults.where import Where
from targets.outcome import Hang, Unavailable

BUILT = Path(__file__).resolve().parent.parent / "build" / "faults" / "relay"


class EngineGone(RuntimeError):
    """The engine has ended though it was not told to."""


class EngineRefused(Exception):
    """The engine would not do what it was told."""


def find_engine() -> Path:
    """$GAUNTLET_RELAY, or where the build puts it."""
    engine = Path(os.environ.get("GAUNTLET_RELAY", BUILT))
    if not engine.exists():
        raise Unavailable(f"no relay at {engine}: build Gauntlet whole, `cmake --build build`")
    return engine


class Engine:
    """One process, from start() to end(). It puts everything back when it ends, or when we are gone.

    on_event: called with each line that is no answer, on a thread of ours, in the order in which it was
    written; whoever waits is woken after it.
    """

    def __init__(self, where: Where, on_event: Callable[[dict[str, Any]], None]) -> None:
        self._where = where
        self._on_event = on_event
        self._news = threading.Condition()
        self._answers: dict[int, dict[str, Any]] = {}
        self._next_id = 1
        self._gone: str | None = None
        self._failed: BaseException | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, behind the walls of the deployment."""
        engine, walls = find_engine(), self._where.walls
        self._socket, theirs = socket.socketpair()
        fds = (theirs.fileno(), *walls.fds)
        enter = [f"--enter={fd}" for fd in walls.namespaces]
        enter += [] if walls.root is None else [f"--root={walls.root}"]
        with theirs:
            self._process = subprocess.Popen(
                [str(engine), f"--control-fd={fds[0]}", *enter, self._where.runtime],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=fds,
                start_new_session=True,  # Ctrl-C is for us: we end it, when we know what it has seen.
            )
        self._reader = threading.Thread(target=self._read, name="relay", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    # -- what it says -----------------------------------------------------------------------------

    def _read(self) -> None:
        why = ""
        try:
            with self._socket.makefile("rb") as lines:
                for text in lines:
                    line = json.loads(text)
                    if line.get("event") == "failed":
                        why = f"{line['call']}: {os.strerror(line['errno'])}"
                    self._take(line)
        except (OSError, ValueError):
            pass  # Ended in mid-line; how it ended says more.
        assert self._process is not None
        code = self._process.wait()
        with self._news:
            self._gone = why or f"ended with {code}"
            self._news.notify_all()

    def _take(self, line: dict[str, Any]) -> None:
        with self._news:
            if "re" in line:
                self._answers[line["re"]] = line
            elif self._failed is None:
                try:
                    self._on_event(line)
                except BaseException as error:  # Whoever waits raises it; what comes is still read.
                    self._failed = error
            self._news.notify_all()

    # -- what it is told --------------------------------------------------------------------------

    def tell(self, verb: str, **keys: Any) -> int:
        """Sends a command and does not wait; its number."""
        with self._news:
            number = self._next_id
            self._next_id += 1
        try:
            self._socket.sendall(json.dumps({"id": number, "verb": verb, **keys}).encode() + b"\n")
        except OSError:
            pass  # Whoever waits for the answer learns how it ended.
        return number

    def call(self, verb: str, **keys: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer."""
        return self.answer(self.tell(verb, **keys), verb)

    def answer(self, number: int, what: str) -> dict[str, Any]:
        """The answer to a command. An errno of the engine's is raised as OSError."""
        self.wait_until(lambda: number in self._answers, f"the answer to {what}")
        answer = self._answers.pop(number)
        if "refused" in answer:
            raise EngineRefused(f"{what}: {answer['refused']}")
        if answer.get("errno"):
            raise OSError(answer["errno"], os.strerror(answer["errno"]), what)
        return answer

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        """Waits for something that its lines tell; Hang after the deadline."""
        with self._news:
            self._news.wait_for(lambda: done() or self._over, self._where.news.deadline_s)
            if self._failed is not None:
                raise self._failed
            if done():
                return
            if self._gone is not None:
                raise EngineGone(f"{what}: the relay {self._gone}")
        raise Hang(f"{what} within {self._where.news.deadline_s:.0f} s", f"hang: {what}")

    @property
    def _over(self) -> bool:
        return self._gone is not None or self._failed is not None

    # -- its end ----------------------------------------------------------------------------------

    def let_go(self) -> None:
        """It sees what it would see if we were gone."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It is gone itself.

    def end(self) -> None:
        """Lets it put everything back, and waits until it has."""
        if self._process is None:
            return
        with self._socket:
            self.let_go()
            try:
                self._process.wait(self._where.news.deadline_s)
            except subprocess.TimeoutExpired as late:
                self._process.kill()  # Then its warden puts everything back.
                what = f"the relay's end within {late.timeout:.0f} s"
                raise Hang(what, "hang: the end of a relay") from late
            finally:
                self._reader.join()
