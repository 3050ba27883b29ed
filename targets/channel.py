# SPDX-License-Identifier: BSD-3-Clause
"""Our end of the line protocol of the peer, the relay and the tracer: commands, answers, events.

Each line is one JSON object. A command has an `id` and a `verb`; its answer has that number as `re`;
a line without `re` is an event.
"""

from __future__ import annotations

import json
import socket
import threading
from typing import Any, Callable

from targets.news import News
from targets.outcome import HarnessFault


class Channel:
    """A socket whose lines a thread of ours reads until the other end is gone.

    on_answer, on_event: called with each line, in the order in which it was written, with the lock of
    `news` held; whoever waits looks again after it.  on_end: called once, without the lock, when nothing
    more will come.
    """

    def __init__(
        self,
        news: News,
        name: str,
        *,
        on_event: Callable[[dict[str, Any]], None],
        on_end: Callable[[], None],
        on_answer: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> None:
        self._news = news
        self._on_answer = on_answer
        self._on_event = on_event
        self._on_end = on_end
        self._answers: dict[int, dict[str, Any]] = {}
        self._next_id = 1
        self._sending = threading.Lock()
        self._ours, self.theirs = socket.socketpair()
        self._reader = threading.Thread(target=self._read, name=f"read-{name}", daemon=True)

    def start(self) -> None:
        """The program has been started with `theirs`: from now on it is heard."""
        self.theirs.close()
        self._reader.start()

    def _read(self) -> None:
        try:
            with self._ours.makefile("rb") as lines:
                for line in lines:
                    if line.endswith(b"\n"):
                        self._take(json.loads(line))
        except (OSError, ValueError):
            pass  # Ended in mid-line; how the program ended says more.
        self._on_end()

    def _take(self, line: dict[str, Any]) -> None:
        with self._news:
            if "re" in line:
                self._answers[line["re"]] = line
                self._on_answer(line)
            else:
                self._on_event(line)
            self._news.notify()

    def tell(self, verb: str, before: Callable[[dict[str, Any]], None], /, **keys: Any) -> int:
        """Sends a command and does not wait; its number. `before`: called with it before it is sent."""
        with self._sending:
            number = self._next_id
            self._next_id += 1
            command = {"id": number, "verb": verb, **keys}
            before(command)
            try:
                self._ours.sendall(json.dumps(command).encode() + b"\n")
            except OSError:
                pass  # Whoever waits for the answer learns how the program ended.
        return number

    def answered(self, number: int) -> bool:
        """Whether the answer to a command has come."""
        with self._news:
            return number in self._answers

    def answer(self, number: int, what: str) -> dict[str, Any]:
        """The answer to a command, which has come. HarnessFault if the program itself failed."""
        with self._news:
            answer = self._answers[number]
        if "failed" in answer:
            raise HarnessFault(f"{what}: {answer['failed']}")
        return answer

    def let_go(self) -> None:
        """The program sees what it would see if we were gone."""
        try:
            self._ours.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It is gone itself.

    def close(self, *, ended: bool) -> None:
        """Closes our end. ended: the program is known to have ended, so its last line will come."""
        self._reader.join(None if ended else 1.0)
        self._ours.close()
