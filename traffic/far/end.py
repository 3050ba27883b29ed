# SPDX-License-Identifier: BSD-3-Clause
"""What runs on the other host: it answers about an interface, and sends and receives on it.

This module and those that it imports are sent there as text (see connection.py). They need Python 3.9,
its standard library, and nothing else.

    to it                                 from it
    ("why_not", IFACE)                    ("done", why not, or None)
    ("describe", IFACE)                   ("done", a line)
    ("carries", IFACE, seconds)           ("done", bool)
    ("open", IFACE)                       ("done", None), then ("frames", [bytes]) as they come
    ("send", [bytes])                     ("done", how many the kernel took)
    ("sync",)                             ("done", None), after all frames that had come until then
    ("overrun",)                          ("done", how many frames the socket dropped)
    ("beat",)                             nothing: we are still there
                                          ("error", why): the last that it says
"""
from __future__ import annotations

import os
import select
import time
from collections import deque
from typing import Any

from traffic.ports.cable import Cable
from traffic.wire import Wire, WireError

# When nothing has been heard for so long, the connection is gone, whatever this host knows of it.
SILENCE_S = 20.0


class Inbox:
    """What comes on a channel. `fileno` is readable when something has come."""

    def __init__(self, channel: Any) -> None:
        self._items: deque[Any] = deque()
        self._out, self._in = os.pipe()
        channel.setcallback(self._put, endmarker=None)

    def fileno(self) -> int:
        """The descriptor, for poll."""
        return self._out

    def take(self, wait_s: float = SILENCE_S) -> Any:
        """Return the next item, and None when the connection has ended, or nothing came in time."""
        if not select.select([self], [], [], wait_s)[0]:
            return None
        os.read(self._out, 1)
        return self._items.popleft()

    def _put(self, item: Any) -> None:
        self._items.append(item)
        os.write(self._in, b".")


class End:
    """Does what is asked on a channel, until the connection ends."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._inbox = Inbox(channel)
        self._poll = select.poll()
        self._poll.register(self._inbox, select.POLLIN)
        self._wire: Wire | None = None

    def serve(self) -> None:
        """Returns when the connection has ended, and after what went wrong has been told."""
        try:
            heard_s = time.monotonic()
            while time.monotonic() - heard_s < SILENCE_S:
                ready = [number for number, _ in self._poll.poll(1000)]
                if self._inbox.fileno() in ready:
                    heard_s = time.monotonic()
                    asked = self._inbox.take()
                    if asked is None:
                        return
                    self._obey(*asked)
                if self._wire:
                    self._pass_on(self._wire)
        except (OSError, WireError) as error:
            self._channel.send(("error", str(error)))
        finally:
            if self._wire:
                self._wire.__exit__()

    def _obey(self, what: str, *about: Any) -> None:
        if what == "beat":
            return
        if what in ("why_not", "describe", "carries"):
            name, *more = about
            self._done(getattr(Cable(name), what)(*more))
        elif what == "open":
            self._wire = Wire(about[0]).__enter__()
            self._poll.register(self._wire, select.POLLIN)
            self._done(None)
        else:
            assert self._wire is not None, what
            self._use(self._wire, what, *about)

    def _use(self, wire: Wire, what: str, *about: Any) -> None:
        if what == "send":
            self._done(len(wire.send(*about)))
        elif what == "overrun":
            self._done(wire.overrun())
        else:
            while self._pass_on(wire):
                pass
            self._done(None)

    def _pass_on(self, wire: Wire) -> bool:
        """Sends on what has come on the wire; whether that was anything."""
        frames = [seen.data for seen in wire.receive(0)]
        if frames:
            self._channel.send(("frames", frames))
        return bool(frames)

    def _done(self, value: Any) -> None:
        self._channel.send(("done", value))


def main(channel: Any) -> None:
    """Serves, and ends this process: nobody else ends it where the connection is gone and that is not
    told here."""
    try:
        End(channel).serve()
    finally:
        os._exit(0)
