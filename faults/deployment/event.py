# SPDX-License-Identifier: BSD-3-Clause
"""The moment at which something is done to a process: when it has received, or sends, a datagram."""

from __future__ import annotations

from dataclasses import dataclass

from faults.deployment.text import TextError
from faults.deployment.text import words as split
from traffic.datagram import Datagram, Layout, MpType

MOMENTS = {
    "received": "it has read the datagram from its socket, and done nothing with it yet",
    "sending": "it has handled what it is to answer, and the datagram has not left yet",
    "sent": "the datagram is in the receiver's queue, and it does not know that yet",
}
TYPES = {
    "message": MpType.MP_MSG,
    "request": MpType.MP_REQ,
    "reply": MpType.MP_REP,
    "ignore": MpType.MP_IGN,
    "any": None,
}


@dataclass(frozen=True)
class Event:
    """moment: one of MOMENTS. type, name: None is any."""

    moment: str
    type: MpType | None = None
    name: str | None = None

    def matches(self, moment: str, seen: Datagram) -> bool:
        """True if a datagram at this moment is the event."""
        return (
            moment == self.moment
            and self.type in (None, seen.type)
            and self.name in (None, seen.name)
        )

    def __str__(self) -> str:
        kind = next(word for word, type_ in TYPES.items() if type_ == self.type)
        return " ".join([self.moment, kind, self.name or "of any name"])


def parse(text: str, layout: Layout) -> Event:
    """Reads an event's text, "received request NAME"; type and name may be left out. TextError shows
    the place."""
    words = split(text)
    if not words:
        raise TextError(text, 0, f"an event begins with one of {', '.join(MOMENTS)}")
    moment, at = words.pop(0)
    if moment not in MOMENTS:
        raise TextError(text, at, f"{moment!r} is no moment; it is one of {', '.join(MOMENTS)}")
    kind, name = None, None
    if words:
        word, at = words.pop(0)
        if word not in TYPES:
            raise TextError(text, at, f"{word!r} is no type; it is one of {', '.join(TYPES)}")
        kind = TYPES[word]
    if words:
        name, at = words.pop(0)
        if len(name.encode()) >= layout.name.size:
            most = layout.name.size - 1
            raise TextError(text, at, f"no message has a name of more than {most} bytes")
    if words:
        raise TextError(text, words[0][1], "nothing can follow the name")
    return Event(moment, kind, name)
