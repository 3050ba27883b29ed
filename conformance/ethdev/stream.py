# SPDX-License-Identifier: BSD-3-Clause
"""Frames that come to a port all the time, whoever polls."""

from __future__ import annotations

import threading

from conformance.ethdev.started import Started
from targets.outcome import Inconclusive
from traffic.frame import build
from traffic.wire import WireError

# No clause has a flow of this number.
FLOW = 0x57EA
BATCH = 16


class Stream:
    """A with-block in which frames come in, until the wire is gone. It begins when some have come;
    Inconclusive if none has been sent in it."""

    def __init__(self, up: Started) -> None:
        self._up = up
        self._wire = up.port.open_wire()
        self._over = threading.Event()
        self._first = threading.Event()
        self._sent = 0
        self._before = 0
        self._thread = threading.Thread(target=self._send, name="stream", daemon=True)

    def __enter__(self) -> Stream:
        self._up.on_the_wire(self._wire.__enter__)
        self._thread.start()
        self._first.wait(self._up.scene.speed.deadline_s)
        self._before = self._sent
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._wire.__exit__()
        if not self._before:
            raise Inconclusive(f"no frame was sent on {self._up.port.wire}")

    def _send(self) -> None:
        frames = build(FLOW, 0, BATCH)
        try:
            while not self._over.is_set():
                self._sent += len(self._wire.send(frames))
                if self._sent:
                    self._first.set()
        except WireError:
            pass  # The wire of a tap goes with its device.
        self._first.set()
