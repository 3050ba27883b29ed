# SPDX-License-Identifier: BSD-3-Clause
"""The locks in `struct rte_mem_config`, which every process of a deployment maps, by release.

The structure says itself which release made it, and it holds its own address near its end. A layout
that does not find that address there is not believed.
Source: lib/eal/common/eal_memcfg.h and malloc_heap.h, rte_fbarray.h, rte_memory.h, rte_tailq.h, of 20.11,
22.11, 23.11, 24.11, 25.11 and 26.07.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char, c_int32, c_uint8, c_uint32, c_uint64
from dataclasses import dataclass

from faults.deployment.memory import Memory

MAGIC = 19820526  # RTE_MAGIC: the primary's rte_eal_init is done.
OLDEST, NEWEST = (20, 11), (26, 7)

_MEMSEG_LISTS, _TAILQS, _HEAPS, _FREE_LISTS = 128, 32, 32, 13
_CACHE_LINES = (64, 128)


class Fbarray(ctypes.Structure):
    """struct rte_fbarray."""

    _fields_ = [
        ("name", c_char * 64),
        ("count", c_uint32),
        ("len", c_uint32),
        ("elt_sz", c_uint32),
        ("data", c_uint64),
        ("rwlock", c_int32),
    ]


class MemsegList(ctypes.Structure):
    """struct rte_memseg_list."""

    _fields_ = [
        ("base_va", c_uint64),
        ("page_sz", c_uint64),
        ("socket_id", c_int32),
        ("version", c_uint32),
        ("len", c_uint64),
        ("external", c_uint32),
        ("heap", c_uint32),
        ("memseg_arr", Fbarray),
    ]


class TailqHead(ctypes.Structure):
    """struct rte_tailq_head."""

    _fields_ = [("first", c_uint64), ("last", c_uint64), ("name", c_char * 32)]


class Heap(ctypes.Structure):
    """struct malloc_heap, without what fills its cache line."""

    _fields_ = [
        ("lock", c_uint32),
        ("free_head", c_uint64 * _FREE_LISTS),
        ("first", c_uint64),
        ("last", c_uint64),
        ("alloc_count", c_uint32),
        ("socket_id", c_uint32),
        ("total_size", c_uint64),
        ("name", c_char * 32),
    ]


def head_of(release: tuple[int, int]) -> type[ctypes.Structure]:
    """The structure as far as its tail queues; behind them come the heaps, on a cache line."""
    ethdev = [("ethdev_lock", c_uint32)] if release >= (23, 11) else []
    area = [("mem_va_addr", c_uint64), ("mem_va_len", c_uint64), ("mem_va_page_sz", c_uint64)]
    fields = [
        ("magic", c_uint32),
        ("version", c_uint32),
        ("nchannel", c_uint32),
        ("nrank", c_uint32),
        ("mlock", c_int32),
        ("qlock", c_int32),
        ("mplock", c_int32),
        ("tlock", c_uint32),
        *ethdev,
        ("memory_hotplug_lock", c_int32),
        ("mp_status", c_uint8),
        ("memzones", Fbarray),
        ("memsegs", MemsegList * _MEMSEG_LISTS),
        *(area if release >= (26, 7) else []),
        ("tailq_head", TailqHead * _TAILQS),
    ]
    return type("Head", (ctypes.Structure,), {"_fields_": fields})


def _up(value: int, to: int) -> int:
    return -(-value // to) * to


@dataclass(frozen=True)
class Layout:
    """Where the parts of the structure are, in bytes from its begin."""

    head: type[ctypes.Structure]
    cache_line: int

    @property
    def heaps_at(self) -> int:
        """The first heap."""
        return _up(ctypes.sizeof(self.head), self.cache_line)

    @property
    def heap_size(self) -> int:
        """A heap, with what fills its cache line."""
        return _up(ctypes.sizeof(Heap), self.cache_line)

    @property
    def mem_cfg_addr_at(self) -> int:
        """The structure's own address, behind the heaps and an int."""
        return _up(self.heaps_at + _HEAPS * self.heap_size + 4, 8)


@dataclass(frozen=True)
class SharedLock:
    """A lock, as it was read. kind: a key of `sections` in known.toml. writer: held for writing, or a
    spinlock that is held.  readers: how many hold it for reading.  writer_waits: somebody waits to
    write.  place: which one, where there are several of a kind."""

    kind: str
    place: str
    writer: bool
    readers: int
    writer_waits: bool = False

    @property
    def held(self) -> bool:
        """Somebody has it."""
        return self.writer or self.readers > 0


@dataclass(frozen=True)
class Config:
    """What was read.  doubt: why the locks are not to be seen, "" if they are.  complete: the primary's
    rte_eal_init has come to its end.  rings_at: the first entry of the list of rings, 0 for none.
    """

    version: tuple[int, int, int] | None
    complete: bool
    locks: tuple[SharedLock, ...]
    doubt: str = ""
    rings_at: int = 0
    cache_line: int = 64

    @property
    def release(self) -> str:
        """The release that made it, in words."""
        if self.version is None:
            return "an unknown release"
        year, month, minor = self.version
        return f"{year}.{month:02}.{minor}"


def rwlock(kind: str, place: str, value: int, version: tuple[int, ...]) -> SharedLock:
    """A reader/writer lock by its counter. Source: rte_rwlock.h: until 22.07 -1 is a writer, and each
    reader counts 1; since 22.11 bit 0 is a writer that waits, bit 1 one that writes, and each reader
    counts 4."""
    if version[:2] < (22, 11):
        return SharedLock(kind, place, value < 0, max(value, 0))
    return SharedLock(kind, place, bool(value & 2), value >> 2, bool(value & 1))


def read(memory: Memory, address: int) -> Config:
    """The configuration that a process has mapped at this address."""
    first = memory.read(address, 8)
    if first is None:
        return Config(None, False, (), "the configuration cannot be read")
    magic, packed = (int.from_bytes(first[at : at + 4], "little") for at in (0, 4))
    version = (packed >> 24, packed >> 16 & 0xFF, packed >> 8 & 0xFF)
    if not OLDEST <= version[:2] <= NEWEST:
        known = f"{OLDEST[0]}.{OLDEST[1]:02} to {NEWEST[0]}.{NEWEST[1]:02}"
        what = f"made by release {version[0]}.{version[1]:02}" if packed else "not made yet"
        return Config(None, magic == MAGIC, (), f"the configuration is {what}; known is {known}")
    for line in _CACHE_LINES:
        layout = Layout(head_of(version[:2]), line)
        if memory.number(address + layout.mem_cfg_addr_at, "=Q") == address:
            return _read(memory, address, layout, version, magic == MAGIC)
    why = "its parts are not where this release has them: it was built with other settings"
    if magic != MAGIC:
        why = "the primary's rte_eal_init has not come so far"
    return Config(version, magic == MAGIC, (), f"the locks cannot be seen: {why}")


def _read(
    memory: Memory, address: int, layout: Layout, version: tuple[int, int, int], complete: bool
) -> Config:
    raw = memory.read(address, layout.heaps_at + _HEAPS * layout.heap_size)
    if raw is None:
        return Config(version, complete, (), "the configuration cannot be read")
    head = layout.head.from_buffer_copy(raw)
    lists = {one.name: one.first for one in getattr(head, "tailq_head")}
    locks = tuple(_locks(memory, head, raw, layout, version))
    return Config(
        version,
        complete,
        locks,
        rings_at=lists.get(b"RTE_RING", 0),
        cache_line=layout.cache_line,
    )


def _locks(
    memory: Memory,
    head: ctypes.Structure,
    raw: bytes,
    layout: Layout,
    version: tuple[int, int, int],
) -> list[SharedLock]:
    found = [
        rwlock(kind, "", getattr(head, field), version)
        for kind, field in (
            ("memzones", "mlock"),
            ("tailqs", "qlock"),
            ("mempools", "mplock"),
            ("pages", "memory_hotplug_lock"),
        )
    ]
    found.append(SharedLock("timers", "", bool(getattr(head, "tlock")), 0))
    arrays = [getattr(head, "memzones"), *(one.memseg_arr for one in getattr(head, "memsegs"))]
    found += [
        rwlock("arrays", array.name.decode(errors="replace"), array.rwlock, version)
        for array in arrays
        if array.data
    ]
    for number in range(_HEAPS):
        heap = Heap.from_buffer_copy(raw, layout.heaps_at + number * layout.heap_size)
        if heap.total_size or heap.lock:
            found.append(SharedLock("heap", f"of socket {heap.socket_id}", bool(heap.lock), 0))
    return [*found, *_ports(memory, head)]


# -- the lock of the ports, which was in a memzone before 23.11 ----------------------------------------

_ZONE = "rte_eth_dev_data"
_NAME, _ADDR, _OWNER_LOCK = 32, 40, 8


def _ports(memory: Memory, head: ctypes.Structure) -> list[SharedLock]:
    """Source: rte_memzone.h, struct rte_memzone: name, IOVA, address; ethdev_private.h, struct
    eth_dev_shared: the next owner's id, the lock."""
    if hasattr(head, "ethdev_lock"):
        return [SharedLock("ports", "", bool(getattr(head, "ethdev_lock")), 0)]
    zones: Fbarray = getattr(head, "memzones")
    for number in range(min(zones.len, 1 << 16)):
        at = zones.data + number * zones.elt_sz
        if memory.text(at, _NAME) == _ZONE:
            address = memory.number(at + _ADDR, "=Q")
            value = None if address is None else memory.number(address + _OWNER_LOCK, "=i")
            return [] if value is None else [SharedLock("ports", "", bool(value), 0)]
    return []
