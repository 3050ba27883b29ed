# SPDX-License-Identifier: BSD-3-Clause
"""A datagram as a user writes it: a type, a name, and what it says, lies included."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generator

from faults.deployment.text import TextError, words
from traffic.datagram import Layout, LayoutError, MpType, encode

TYPES = {
    "message": MpType.MP_MSG,
    "request": MpType.MP_REQ,
    "reply": MpType.MP_REP,
    "ignore": MpType.MP_IGN,
}
NUMBERS = ("len_param", "num_fds", "fds", "size")
MOST_FDS = 253  # Linux passes no more in one message.


@dataclass(frozen=True)
class DatagramText:
    """data: as it is sent.  fds: how many descriptors (of /dev/null) come along."""

    data: bytes
    fds: int = 0


def parse(text: str, layout: Layout) -> DatagramText:
    """Reads "TYPE NAME [param=BYTES] [len_param=N] [num_fds=N] [fds=N] [size=N]"; TextError shows the
    place. What is not said is true: num_fds is fds, len_param the param's length."""
    said = words(text)
    if len(said) < 2:
        raise TextError(text, len(text), "a datagram has a type and a name: request ping")
    (kind, kind_at), (name, name_at), *rest = said
    type_ = TYPES.get(kind)
    number = (
        int(type_) if type_ is not None else _number(text, kind, kind_at, f"{', '.join(TYPES)}")
    )
    if len(name.encode()) > layout.name.size:
        raise TextError(text, name_at, f"a name has at most {layout.name.size} bytes")
    values: dict[str, int] = {}
    param = b""
    for word, at in rest:
        key, equals, value = word.partition("=")
        if key == "param" and equals:
            param = _param(text, value, at + len("param="), layout)
        elif key in NUMBERS and equals:
            values[key] = _number(text, value, at + len(key) + 1, "a number")
        else:
            raise TextError(text, at, f"{word!r} is none of param=, {'=, '.join(NUMBERS)}=")
    fds = values.get("fds", 0)
    if not 0 <= fds <= MOST_FDS:
        raise TextError(text, text.index("fds="), f"0 to {MOST_FDS} descriptors can be passed")
    try:
        data = encode(
            layout, number, name, values.get("len_param"), values.get("num_fds", fds), param
        )
    except LayoutError as error:
        raise TextError(text, 0, str(error)) from error
    size = values.get("size", len(data))
    if not 0 <= size <= 65536:
        raise TextError(text, text.index("size="), "a datagram has 0 to 65536 bytes")
    return DatagramText(data[:size].ljust(size, b"\0"), fds)


def param_of(text: str, layout: Layout) -> bytes:
    """The parameter in "0x68656c6c6f" or "hello"."""
    return _param(text, text, 0, layout)


def _param(whole: str, text: str, at: int, layout: Layout) -> bytes:
    if text.startswith("0x"):
        try:
            param = bytes.fromhex(text[2:])
        except ValueError:
            raise TextError(whole, at, "after 0x come two hexadecimal digits a byte") from None
    else:
        param = text.encode()
    if len(param) > layout.param.size:
        raise TextError(whole, at, f"a parameter has at most {layout.param.size} bytes")
    return param


def _number(whole: str, text: str, at: int, expected: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise TextError(whole, at, f"{text!r} is no number: expected {expected}") from None


@contextmanager
def descriptors(count: int) -> Generator[list[int], None, None]:
    """Opens so many descriptors of /dev/null."""
    fds: list[int] = []
    try:
        for _ in range(count):
            fds.append(os.open(os.devnull, os.O_RDWR))
        yield fds
    finally:
        for fd in fds:
            os.close(fd)
