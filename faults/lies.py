# SPDX-License-Identifier: BSD-3-Clause
"""Every lie that a datagram can tell, field by field: what to send, and whether it is one that a receiver
can tell by looking at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterator

from traffic.datagram import Layout, MpType, Span, decode, encode

INT_MAX = 2**31 - 1
INT_MIN = -(2**31)

DEFINED = tuple(MpType)
UNDEFINED = (INT_MIN, -1, len(MpType), 77, INT_MAX)

# More than any release has room for, and all that the kernel passes at once (SCM_MAX_FD).
MOST_PASSED = 253

# A datagram that no queue of a socket takes on is no lie: the sender is told.
_FAR_TOO_LONG = 65536


@dataclass(frozen=True)
class Lie:
    """A datagram that is not what it says, or says what cannot be.

    field: which part of it lies.  what: how.  passed: how many descriptors are really passed.
    sound: its form is right, so that a receiver can only take it for true; one that is not must be
    dropped.
    """

    field: str
    what: str
    data: bytes
    passed: int = 0
    sound: bool = True

    def __str__(self) -> str:
        return f"{self.field} {self.what}"


def is_sound(layout: Layout, most_fds: int, data: bytes, passed: int) -> bool:
    """True if a receiver that looks only at the form can take this for a datagram."""
    seen = decode(layout, data)
    fits = 0 <= seen.len_param <= layout.param.size and 0 <= seen.num_fds <= most_fds
    return len(data) == layout.size and fits and passed <= most_fds


def of_size(layout: Layout, true: bytes) -> Iterator[Lie]:
    """Too short, too long, nothing at all."""
    short = {"0": 0, "1": 1, "up to the type": layout.type.end, "one byte short": layout.size - 1}
    for what, size in short.items():
        yield Lie("size", what, true[:size], sound=False)
    for what, more in {"one byte long": 1, "twice": layout.size, "64 KB": _FAR_TOO_LONG}.items():
        yield Lie("size", what, true + bytes(more), sound=False)


def of_layout(layout: Layout, type: int, name: str) -> Iterator[Lie]:
    """The datagram in each layout that there is, but for the one that is spoken here."""
    for what, other in LAYOUTS.items():
        if other.size != layout.size:
            yield Lie("layout", what, encode(other, type, name), sound=False)


def of_lengths(layout: Layout, most_fds: int, type: int, name: str) -> Iterator[Lie]:
    """len_param and num_fds: what no datagram may say, and what it may but is not so."""
    room = layout.param.size
    for value in (INT_MIN, -1, room + 1, 2 * room, INT_MAX):
        data = encode(layout, type, name, len_param=value)
        yield Lie("len_param", _number(value), data, sound=False)
    for value in (INT_MIN, -1, most_fds + 1, INT_MAX):
        data = encode(layout, type, name, num_fds=value)
        yield Lie("num_fds", _number(value), data, sound=False)
    for value in (0, room - 1, room):
        data = encode(layout, type, name, len_param=value, param=b"x", fill=b"\xaa")
        yield Lie("len_param", f"{value}, of which one is meant", data)


def of_descriptors(layout: Layout, most_fds: int, type: int, name: str) -> Iterator[Lie]:
    """The forged datagrams whose claims about descriptors do not agree with the descriptors that are
    passed."""

    def claims(number: int, passed: int) -> Lie:
        data = encode(layout, type, name, num_fds=number)
        return Lie("descriptors", f"{number} said, {passed} passed", data, passed)

    yield claims(most_fds, 0)
    yield claims(2, 1)
    yield claims(1, 2)
    yield claims(0, most_fds)
    if most_fds < MOST_PASSED:
        yield replace(claims(0, most_fds + 1), what="one more passed than fit", sound=False)
        most = claims(most_fds, MOST_PASSED)
        yield replace(most, what=f"{MOST_PASSED} passed", sound=False)


def of_name(layout: Layout, type: int) -> Iterator[Lie]:
    """Names that nobody has registered, or can."""
    room = layout.name.size
    names = {
        "empty": b"",
        "unknown": b"nobody's",
        f"of {room - 1} bytes": b"n" * (room - 1),
        "unterminated": b"n" * room,
        "not ASCII": bytes(range(128, 128 + room - 1)),
        "with what a format would read": b"%s%n%s%n%x",
        "with a path in it": b"../../../mp_socket",
    }
    for what, name in names.items():
        yield Lie("name", what, encode(layout, type, name))


def of_type(layout: Layout, name: str) -> Iterator[Lie]:
    """Types that there are not."""
    for type in UNDEFINED:
        yield Lie("type", _number(type), encode(layout, type, name))


def lies(layout: Layout, most_fds: int, type: int, name: str) -> list[Lie]:
    """All that a datagram of this type and name can tell, but for its type."""
    true = encode(layout, type, name)
    return [
        *of_size(layout, true),
        *of_layout(layout, type, name),
        *of_lengths(layout, most_fds, type, name),
        *of_descriptors(layout, most_fds, type, name),
        *of_name(layout, type),
    ]


def _number(value: int) -> str:
    return {INT_MAX: "INT_MAX", INT_MIN: "INT_MIN"}.get(value, str(value))


def _layout(size: int, name: int, len_param: int) -> Layout:
    return Layout(
        size=size,
        type=Span(0, 4),
        name=Span(name, 64),
        len_param=Span(len_param, 4),
        num_fds=Span(len_param + 4, 4),
        param=Span(len_param + 8, 256),
    )


# What other releases speak, measured on them: 24.11 has other limits and the same layout.
LAYOUTS = {"until 24.11": _layout(332, 4, 68), "of 25.11": _layout(340, 8, 72)}
