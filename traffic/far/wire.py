# SPDX-License-Identifier: BSD-3-Clause
"""A wire on another host, used as one of this host is.

Batches of frames cross the connection, not single frames. A time is one of our own clock, taken where
it cannot deceive: a frame was sent after its `sent_ns`, and had come before its `at_ns`.
"""
from __future__ import annotations

import time
from collections import deque
from typing import Any, Sequence

from traffic.far.connection import Connection
from traffic.wire import Seen


class FarWire:
    """The interface `name` at the other end of a connection; a context manager, as Wire.

    FarError, a WireError, as Wire has it, and when the connection is lost, at the next call: none of
    its frames can be told as lost then.
    """

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self._name = name
        self._came: deque[Seen] = deque()

    def __enter__(self) -> FarWire:
        self._connection.__enter__()
        try:
            self._connection.ask("open", self._name)
        except BaseException:
            self._connection.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.__exit__()

    def send(self, batch: Sequence[bytes]) -> list[int]:
        """See Wire.send. It waits until the other host has sent them."""
        if not batch:
            return []
        now_ns = time.monotonic_ns()
        taken: int = self._ask("send", list(batch))
        return [now_ns] * taken

    def receive(self, deadline_ns: int, most: int = 1024) -> list[Seen]:
        """See Wire.receive. At the deadline it takes what has come to the other host until then."""
        while not self._came and time.monotonic_ns() < deadline_ns:
            self._note(self._connection.next(deadline_ns))
        if time.monotonic_ns() >= deadline_ns:
            self._ask("sync")
        return [self._came.popleft() for _ in range(min(most, len(self._came)))]

    def overrun(self) -> int:
        """See Wire.overrun."""
        dropped: int = self._ask("overrun")
        return dropped

    def _ask(self, *request: Any) -> Any:
        """The answer to a request, before which frames may come."""
        self._connection.send(*request)
        while True:
            told = self._connection.told()
            if told[0] == "done":
                return told[1]
            self._note(told)

    def _note(self, told: tuple[str, Any] | None) -> None:
        if told is not None:
            now_ns = time.monotonic_ns()
            self._came.extend(Seen(now_ns, data) for data in told[1])
