# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's private IPC datagram: read it, write it, forge it, in the layout that a peer greets with.

It is struct mp_msg_internal of lib/eal/common/eal_common_proc.c as the compiler laid it out: host
endian, padding included, always whole whatever len_param says. The layout differs by release, so
nothing here knows one.
"""
from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Mapping

from scapy.fields import EnumField, Field, StrFixedLenField
from scapy.packet import Packet

_SHOWN_BYTES = 32


class MpType(IntEnum):
    """enum mp_type of eal_common_proc.c."""

    MP_MSG = 0
    MP_REQ = 1
    MP_REP = 2
    MP_IGN = 3


class LayoutError(ValueError):
    """A greeting's layout is wrong, or what is to be encoded does not fit. Its text, one line, says
    what."""


@dataclass(frozen=True)
class Span:
    """The place of a field, in bytes."""

    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True)
class Layout:
    """The datagram of one release: its size and fields, in bytes. `type` to `num_fds` are ints."""

    size: int
    type: Span
    name: Span
    len_param: Span
    num_fds: Span
    param: Span

    @classmethod
    def from_greeting(cls, greeting: Mapping[str, Any]) -> Layout:
        """Make it of {"size": bytes, <field>: {"offset": bytes, "size": bytes}, ...}.

        Other keys are ignored: a peer may greet with more. LayoutError names what is missing, of
        another type, outside, overlapping, or not as wide as a C int.
        """
        spans = {name: _span(greeting, name) for name in _FIELDS}
        layout = cls(size=_number(greeting, "size", "layout"), **spans)
        _check(layout)
        return layout

    def fields(self) -> list[tuple[str, Span]]:
        """Return (name, span) in the order of offsets."""
        named = [(name, getattr(self, name)) for name in _FIELDS]
        return sorted(named, key=lambda field: field[1].offset)


_FIELDS = ("type", "name", "len_param", "num_fds", "param")
_INTS = ("type", "len_param", "num_fds")
_INT = struct.Struct("=i")


@dataclass(frozen=True)
class Datagram:
    """A datagram as read. If `malformed` says how it is wrong, the rest is what is there.

    type     an MpType, or the int on the wire when it is none
    name     up to its NUL; bytes that are not UTF-8 as \\xNN
    param    the first len_param bytes, as far as they exist
    """

    type: int
    name: str
    len_param: int
    num_fds: int
    param: bytes
    malformed: str | None = None


@functools.lru_cache(maxsize=None)
def layer(layout: Layout) -> type[Packet]:
    """Return the Scapy class of this layout, for show(), hexdump() and fuzz().

    Its fields are the C ones, but `name` is msg_name (Scapy keeps `name` for the layer's), and
    each gap that the compiler left is a field pad_<offset>.
    """
    fields: list[Field] = []
    end = 0
    for name, span in [*layout.fields(), ("", Span(layout.size, 0))]:
        if span.offset > end:
            gap = span.offset - end
            fields.append(StrFixedLenField(f"pad_{end}", b"\0" * gap, length=gap))
        if name:
            fields.append(_field(name, span))
        end = span.end
    return type("MpMsg", (Packet,), {"name": "rte_mp message", "fields_desc": fields})


def encode(
    layout: Layout,
    type: int = MpType.MP_REQ,
    name: str | bytes = "",
    len_param: int | None = None,
    num_fds: int | None = None,
    param: bytes = b"",
    fill: bytes = b"\0",
) -> bytes:
    """Return a datagram of layout.size bytes, true unless told to lie.

    type, len_param, num_fds  any 32-bit int; None is the truth: len(param), and 0
    name                      one NUL is put behind it if there is room: as long as the field,
                              it has none
    fill                      one byte for what DPDK would leave over: after the name's NUL, after
                              the param, in the gaps

    LayoutError when something does not fit. A truncated or oversized one is a slice or a sum away.
    """
    if len(fill) != 1:
        raise LayoutError(f"fill is {fill!r}; expected one byte; give one, such as b'\\xaa'")
    raw_name = name.encode() if isinstance(name, str) else name
    values: dict[str, object] = {
        "type": _int("type", type),
        "len_param": _int("len_param", len(param) if len_param is None else len_param),
        "num_fds": _int("num_fds", 0 if num_fds is None else num_fds),
        "msg_name": _filled("name", raw_name, layout.name, b"\0", fill),
        "param": _filled("param", param, layout.param, b"", fill),
    }
    made = layer(layout)
    pads = [field for field in made.fields_desc if field.name.startswith("pad_")]
    values.update({pad.name: fill * len(pad.default) for pad in pads})
    return bytes(made(**values))


def decode(layout: Layout, data: bytes) -> Datagram:
    """Return what `data` says, and in `malformed` all that is wrong with it. Never raises.

    What a short one lacks reads as zero; what a long one has too much is not read.
    """
    whole = data[: layout.size].ljust(layout.size, b"\0")
    read = layer(layout)(whole)
    raw_name, _, _ = read.msg_name.partition(b"\0")
    known = read.type in set(MpType)
    wrong = []
    if len(data) != layout.size:
        wrong.append(f"{len(data)} bytes, expected {layout.size}")
    if not known:
        wrong.append(f"type {read.type} is none of 0..3")
    if not raw_name:
        wrong.append("name is empty")
    if len(raw_name) == layout.name.size:
        wrong.append(f"name has no NUL in {layout.name.size} bytes")
    if not 0 <= read.len_param <= layout.param.size:
        wrong.append(f"len_param {read.len_param} is outside 0..{layout.param.size}")
    if read.num_fds < 0:
        wrong.append(f"num_fds {read.num_fds} is below 0")
    return Datagram(
        type=MpType(read.type) if known else read.type,
        name=raw_name.decode(errors="backslashreplace"),
        len_param=read.len_param,
        num_fds=read.num_fds,
        param=read.param[: max(0, read.len_param)],
        malformed="; ".join(wrong) or None,
    )


def show(layout: Layout, data: bytes) -> str:
    """Return one line, as tcpdump would: "REQ ping param[5]=68656c6c6f fds=0"."""
    read = decode(layout, data)
    type_name = read.type.name[3:] if isinstance(read.type, MpType) else f"type={read.type}"
    # Escaped, so that whatever a forger puts in a name the line stays one line.
    name = read.name.encode("unicode_escape").decode() or "''"
    shown = read.param[:_SHOWN_BYTES].hex() + ("..." if len(read.param) > _SHOWN_BYTES else "")
    line = f"{type_name} {name} param[{read.len_param}]={shown} fds={read.num_fds}"
    return line if read.malformed is None else f"{line} MALFORMED: {read.malformed}"


def _field(name: str, span: Span) -> Field:
    if name == "type":
        return EnumField("type", MpType.MP_REQ, {one.value: one.name for one in MpType}, "=i")
    if name in _INTS:
        return Field(name, 0, "=i")
    return StrFixedLenField("msg_name" if name == "name" else name, b"", length=span.size)


def _filled(name: str, value: bytes, span: Span, end: bytes, fill: bytes) -> bytes:
    if len(value) > span.size:
        raise LayoutError(
            f"{name} has {len(value)} bytes; expected at most the field's {span.size}; to send"
            " more, add bytes to what encode() returns"
        )
    return (value + end)[: span.size].ljust(span.size, fill)


def _int(name: str, value: int) -> int:
    if not -(2**31) <= value < 2**31:
        raise LayoutError(f"{name} is {value}; expected a C int; give one of 32 bits")
    return int(value)


def _span(greeting: Mapping[str, Any], name: str) -> Span:
    place = greeting.get(name)
    if not isinstance(place, Mapping):
        raise LayoutError(
            f"layout: {name} is {place!r}; expected an object with offset and size; the peer's"
            " greeting and this version of Gauntlet differ: rebuild the peer"
        )
    return Span(_number(place, "offset", name), _number(place, "size", name))


def _number(place: Mapping[str, Any], key: str, of: str) -> int:
    value = place.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise LayoutError(
            f"layout: {key} of {of} is {value!r}; expected a number of bytes; the peer's greeting"
            " and this version of Gauntlet differ: rebuild the peer"
        )
    return value


def _check(layout: Layout) -> None:
    end, before = 0, "the start"
    for name, span in layout.fields():
        if span.offset < end:
            raise LayoutError(
                f"layout: {name} is at {span.offset}, inside {before}, which ends at {end};"
                " expected fields apart; rebuild the peer"
            )
        if name in _INTS and span.size != _INT.size:
            raise LayoutError(
                f"layout: {name} has {span.size} bytes; expected an int of {_INT.size}; this DPDK's"
                " datagram is of a kind that Gauntlet does not know"
            )
        if span.size == 0:
            raise LayoutError(f"layout: {name} has no bytes; expected some; rebuild the peer")
        end, before = span.end, name
    if end > layout.size:
        raise LayoutError(
            f"layout: {before} ends at {end}; expected within the size, {layout.size}; rebuild the"
            " peer"
        )
