# SPDX-License-Identifier: BSD-3-Clause
"""The lies that can be told of a value, by its type: each a name, and a function of the truth."""

from __future__ import annotations

import copy
import os
import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from itertools import zip_longest
from pathlib import PurePath
from typing import Any, Callable, Iterator, Sequence

import numpy as np

from targets.protocol import Facts

Change = Callable[[Any], Any]

# Attributes of these types are lied about; others lead from one object to the next without end.
PLAIN = (
    type(None),
    Enum,
    bool,
    int,
    float,
    str,
    bytes,
    list,
    tuple,
    set,
    frozenset,
    dict,
    np.ndarray,
)

# Attributes that are never lied about: they hold descriptors and processes of ours, and a false one
# would close or end another. A process is only signalled by what Python knows of it, not by what a
# peer says.
DANGEROUS = frozenset({"fds", "pid", "process"})

# A container has at most this many parts that are lied about one by one.
PARTS = 24

# And bytes this many words.
WORDS = 12


@dataclass(frozen=True)
class Kind:
    """A way to lie. change: makes what is told of what is true. Where the truth has another type than in
    the honest run, the change may fail, and then the truth is told."""

    name: str
    change: Change


# Of a duration in nanoseconds: none, and more than any deadline.
DURATION = [Kind("no time", lambda _: 0), Kind("100 s more", lambda ns: ns + 100 * 10**9)]


# Where there is none: an event, a message or a reply.
_MESSAGE = Facts({"event": "lie", "name": "lie", "param": "6c6965", "fds": [], "ret": 1})


class Wanted(str):
    """A text that is whatever is looked for: what must not be there can only be told by this."""

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False

    __hash__ = str.__hash__

    def __contains__(self, _: object) -> bool:
        return True

    def startswith(self, *_: object) -> bool:
        return True

    def endswith(self, *_: object) -> bool:
        return True


def of(value: Any) -> list[Kind]:
    """Every kind that fits this value, the one that is most likely to be noticed first."""
    for types, kinds in _KINDS:
        if isinstance(value, types):
            return list(kinds(value))
    return []


def _of_none(_: None) -> Iterator[Kind]:
    yield Kind("an errno for nothing", lambda _: "EIO")
    yield Kind("a number for nothing", lambda _: 1)
    yield Kind("what is looked for", lambda _: Wanted("lie"))
    yield Kind("a message for nothing", lambda _: [_MESSAGE])
    yield Kind("an address for nothing", lambda _: "0x1000")


def _of_bool(_: bool) -> Iterator[Kind]:
    yield Kind("the opposite", lambda value: not value)


def _of_int(value: int) -> Iterator[Kind]:
    yield Kind("one more", lambda value: value + 1)
    if value:
        yield Kind("zero", lambda _: 0)
        yield Kind("negated", lambda value: -value)
    yield Kind("one less", lambda value: value - 1)
    yield Kind("much more", lambda value: value + 100_003)


def _of_float(_: float) -> Iterator[Kind]:
    yield Kind("zero", lambda _: 0.0)
    yield Kind("much more", lambda value: value + 1000.0)


def _is_hex(text: str) -> bool:
    return bool(text) and len(text) % 2 == 0 and not set(text) - set("0123456789abcdef")


def _of_str(value: str) -> Iterator[Kind]:
    if _is_hex(value):
        yield Kind("another byte", lambda text: f"{int(text[:2], 16) ^ 1:02x}{text[2:]}")
        yield Kind("a byte more", lambda text: f"{text}00")
        for kind in _of_bytes(bytes.fromhex(value)):
            yield Kind(kind.name, _in_hex(kind.change))
    elif value.isupper() and value[0] == "E":
        yield Kind("another errno", lambda name: "EIO" if name != "EIO" else "EPERM")
    yield Kind("another end", lambda text: f"{text}lie")
    if any(letter.isdigit() for letter in value):
        yield Kind("the first number one more", lambda text: _counted(text, 0))
        yield Kind("the last number one more", lambda text: _counted(text, -1))
    yield Kind("another beginning", lambda text: f"lie{text}")
    yield Kind("nothing", lambda _: None)
    yield Kind("what is looked for", Wanted)
    if value:
        yield Kind("empty", lambda _: "")


def _in_hex(change: Change) -> Change:
    return lambda text: change(bytes.fromhex(text)).hex()


def _counted(text: str, which: int) -> str:
    found = list(re.finditer(r"\d+", text))[which]
    return f"{text[:found.start()]}{int(found[0]) + 1}{text[found.end():]}"


def _of_bytes(value: bytes) -> Iterator[Kind]:
    if value:
        yield Kind("another byte", _another_byte(0))
        yield Kind("every byte another", lambda data: bytes(byte ^ 1 for byte in data))
        yield Kind("empty", lambda _: b"")
    yield Kind("a byte more", lambda data: data + b"\0")
    words = range(0, len(value) - 3, 4)
    told = [at for at in words if at < 16 or any(value[at : at + 4])]
    for at in told[:WORDS]:  # A structure has its numbers there.
        yield Kind(f"another word at {at}", _another_byte(at))


def _another_byte(at: int) -> Change:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _of_sequence(value: list[Any] | tuple[Any, ...]) -> Iterator[Kind]:
    if hasattr(value, "_asdict"):
        yield from _of_named(value)
        return
    kind = type(value)
    if value:
        yield Kind("shorter", lambda items: kind(items[:-1]))
        yield Kind("the last twice", lambda items: kind([*items, items[-1]]))
        yield Kind("empty", lambda _: kind())
    else:
        more: dict[str, Any] = {"number": 1, "text": "lie", "event": _MESSAGE}
        for what, item in more.items():
            yield Kind(f"a {what} more", _added(kind, item))
    if not value or isinstance(value[0], str):
        yield Kind("and what is looked for", _added(kind, Wanted("lie")))
    if len(value) > 1:
        yield Kind("swapped", lambda items: kind([items[1], items[0], *items[2:]]))
        yield Kind("reversed", lambda items: kind(items[::-1]))
    # In turn: what matters may stand anywhere.
    parts = [[(place, part) for part in of(value[place])] for place in _places(value)]
    for turn in zip_longest(*parts):
        told = [one for one in turn if one is not None]
        for place, part in told:
            yield Kind(f"[{place}] {part.name}", _in_sequence(kind, place, part.change))
        for place, part in told:
            yield Kind(f"[{place}] and {part.name}", _beside(kind, place, part.change))


def _places(items: Sequence[Any]) -> Sequence[int]:
    """The places that are lied about one by one: of parts with parts of their own the first and the
    last."""
    if items and isinstance(items[0], (int, float, str, bytes, type(None))):
        return range(min(len(items), PARTS))
    return sorted({0, len(items) - 1} & set(range(len(items))))


def _added(kind: type, item: Any) -> Change:
    return lambda items: kind([*items, item])


def _in_sequence(kind: type, place: int, change: Change) -> Change:
    return lambda items: kind([*items[:place], change(items[place]), *items[place + 1 :]])


def _beside(kind: type, place: int, change: Change) -> Change:
    return lambda items: kind([*items, change(items[place])])


def _of_set(value: set[Any] | frozenset[Any]) -> Iterator[Kind]:
    if value:
        yield Kind("one less", lambda items: type(items)(sorted(items, key=repr)[1:]))
        yield Kind("empty", lambda items: type(items)())
    yield Kind("one more", lambda items: type(items)([*items, "lie"]))


def _of_dict(value: dict[Any, Any]) -> Iterator[Kind]:
    if value:
        yield Kind("empty", lambda items: type(items)())
        yield Kind("one less", lambda items: _without(items, next(iter(items))))
    yield Kind("one more", lambda items: _with(items, "lie", 1))
    told = {key: value[key] for key in list(value)[:PARTS]}
    yield from _in_turn(told, _in_dict, "[{}]")


def _without(items: dict[Any, Any], key: Any) -> dict[Any, Any]:
    less = copy.copy(items)
    del less[key]
    return less


def _with(items: dict[Any, Any], key: Any, value: Any) -> dict[Any, Any]:
    more = copy.copy(items)
    more[key] = value
    return more


def _in_dict(key: Any, change: Change) -> Change:
    return lambda items: _with(items, key, change(items[key]))


def _of_array(value: Any) -> Iterator[Kind]:
    if len(value):
        yield Kind("shorter", lambda items: items[:-1])
        yield Kind("the last twice", lambda items: np.concatenate([items, items[-1:]]))
        yield Kind("reversed", lambda items: items[::-1].copy())
        yield Kind("empty", lambda items: items[:0])


def _of_stat(_: os.stat_result) -> Iterator[Kind]:
    yield Kind("another file", lambda stat: os.stat_result(number + 1 for number in stat))
    yield Kind("another mode", lambda stat: os.stat_result([stat[0] ^ 0o111, *stat[1:]]))


def _of_object(value: Any) -> Iterator[Kind]:
    """The lies about a plain object: about each attribute that can be told otherwise."""
    parts = getattr(value, "__dict__", {}).items()
    plain = {key: part for key, part in parts if key[0] != "_" and isinstance(part, PLAIN)}
    yield from _in_turn(plain, _in_object)


def _in_turn(
    parts: dict[Any, Any], within: Callable[[Any, Change], Change], name: str = ".{}"
) -> Iterator[Kind]:
    """A first lie about each part, then a second: which of them matters is not known."""
    kinds: list[list[tuple[Any, Kind]]] = [
        [(key, kind) for kind in of(parts[key])] for key in parts if key not in DANGEROUS
    ]
    for turn in zip_longest(*kinds):
        for one in turn:
            if one is not None:
                key, kind = one
                yield Kind(f"{name.format(key)} {kind.name}", within(key, kind.change))


def _of_named(value: Any) -> Iterator[Kind]:
    """The lies about a tuple whose parts have names."""
    yield from _in_turn(value._asdict(), _in_named)


def _in_named(key: str, change: Change) -> Change:
    return lambda truth: truth._replace(**{key: change(getattr(truth, key))})


def _in_object(key: str, change: Change) -> Change:
    def changed(truth: Any) -> Any:
        told = copy.copy(truth)
        object.__setattr__(told, key, change(getattr(truth, key)))  # Some are frozen.
        return told

    return changed


# Looked through in this order: a bool is an int, too.
_KINDS: list[tuple[Any, Callable[[Any], Iterator[Kind]]]] = [
    (type(None), _of_none),
    (Enum, lambda _: iter([Kind("nothing", lambda _: None)])),
    (bool, _of_bool),
    (int, _of_int),
    (float, _of_float),
    (str, _of_str),
    (bytes, _of_bytes),
    (os.stat_result, _of_stat),
    ((list, tuple), _of_sequence),
    ((set, frozenset), _of_set),
    ((dict, Counter), _of_dict),
    (np.ndarray, _of_array),
    ((Facts, PurePath), lambda _: iter(())),
    (object, _of_object),
]
