# SPDX-License-Identifier: BSD-3-Clause
"""The parameters of EAL's own messages: memory, device and vdev requests, to read, write and forge.

They are struct malloc_mp_req (lib/eal/common/malloc_mp.h), struct eal_dev_mp_req
(lib/eal/common/hotplug_mp.h) and struct vdev_param (drivers/bus/vdev/vdev.c) as a 64-bit compiler
lays them out, the same from 20.11 to 26.07.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

MALLOC_REQUEST = "mp_malloc_request"
MALLOC_SYNC = "mp_malloc_sync"
MALLOC_ROLLBACK = "mp_malloc_rollback"
MALLOC_RESPONSE = "mp_malloc_response"
DEV_REQUEST = "eal_dev_mp_request"
VDEV = "bus_vdev_mp"

# t, the union of what is asked, id, result
_MALLOC = struct.Struct("=i4x56sQi4x")
# malloc_heap_idx, page_sz, elt_size, socket, flags, align, bound, contig
_ALLOC = struct.Struct("=I4xQQiIQQ?7x")
# addr, len
_FREE = struct.Struct("=QQ40x")
# t, devargs, result
_DEV = struct.Struct("=i128si")
# type, num, name
_VDEV = struct.Struct("=ii64s")


class ParamError(ValueError):
    """A part of a parameter does not fit. Its text, one line, says which."""


class MallocType(IntEnum):
    """enum malloc_req_type."""

    ALLOC = 0
    FREE = 1
    SYNC = 2


class DevType(IntEnum):
    """enum eal_dev_req_type."""

    ATTACH = 0
    DETACH = 1
    ATTACH_ROLLBACK = 2
    DETACH_ROLLBACK = 3


class VdevType(IntEnum):
    """VDEV_SCAN_* of vdev.c."""

    REQ = 1
    ONE = 2
    REP = 3


def _unpack(layout: struct.Struct, param: bytes, what: str) -> tuple[object, ...]:
    if len(param) != layout.size:
        raise ParamError(
            f"{what} has {len(param)} bytes; expected {layout.size}: the release under test lays it"
            " out differently; see traffic/eal_param.py"
        )
    return layout.unpack(param)


def unpack_alloc(asked: bytes) -> tuple[int, ...]:
    """The fields of an ALLOC: heap_idx, page_sz, elt_size, socket, flags, align, bound, contig."""
    return _ALLOC.unpack(asked)


def unpack_free(asked: bytes) -> tuple[int, ...]:
    """The fields of a FREE: addr, len."""
    return _FREE.unpack(asked)[:2]


def _text(field: object) -> str:
    assert isinstance(field, bytes)
    return field.partition(b"\0")[0].decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Malloc:
    """A memory request or its answer. result: 0 is success, 1 failure. asked: the union's bytes."""

    t: int
    id: int
    result: int = 0
    asked: bytes = b""

    SUCCESS = 0
    FAIL = 1

    @classmethod
    def of(cls, param: bytes) -> Malloc:
        """Reads a datagram's parameter; ParamError when it has another size."""
        t, asked, id_, result = _unpack(_MALLOC, param, "a memory request")
        return cls(t, id_, result, asked)  # type: ignore[arg-type]

    @classmethod
    def alloc(
        cls, id: int, elt_size: int, *, page_sz: int = 2 << 20, heap_idx: int = 0, align: int = 64
    ) -> Malloc:
        """The request of a secondary whose heap has no room for elt_size bytes."""
        asked = _ALLOC.pack(heap_idx, page_sz, elt_size, 0, 0, align, 0, False)
        return cls(MallocType.ALLOC, id, asked=asked)

    @classmethod
    def free(cls, id: int, addr: int, len: int) -> Malloc:
        """The request of a secondary that gives pages back."""
        return cls(MallocType.FREE, id, asked=_FREE.pack(addr, len))

    def but(self, **fields: Any) -> Malloc:
        """A copy with other fields."""
        return replace(self, **fields)

    def __bytes__(self) -> bytes:
        return _MALLOC.pack(self.t, self.asked, self.id, self.result)


@dataclass(frozen=True)
class Dev:
    """A device request or its answer. result: 0 or a negative errno."""

    t: int
    devargs: str
    result: int = 0

    @classmethod
    def of(cls, param: bytes) -> Dev:
        """Reads a datagram's parameter; ParamError when it has another size."""
        t, devargs, result = _unpack(_DEV, param, "a device request")
        return cls(t, _text(devargs), result)  # type: ignore[arg-type]

    def but(self, **fields: Any) -> Dev:
        """A copy with other fields."""
        return replace(self, **fields)

    def __bytes__(self) -> bytes:
        return _DEV.pack(self.t, self.devargs.encode(), self.result)


@dataclass(frozen=True)
class Vdev:
    """A request for the list of virtual devices, one entry of it, or the answer with their number."""

    type: int
    num: int = 0
    name: str = ""

    @classmethod
    def of(cls, param: bytes) -> Vdev:
        """Reads a datagram's parameter; ParamError when it has another size."""
        type_, num, name = _unpack(_VDEV, param, "a vdev message")
        return cls(type_, num, _text(name))  # type: ignore[arg-type]

    def __bytes__(self) -> bytes:
        return _VDEV.pack(self.type, self.num, self.name.encode())
