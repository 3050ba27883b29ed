# SPDX-License-Identifier: BSD-3-Clause
"""The locks are found where each release has them, and nothing is told of a layout that does not fit."""

from __future__ import annotations

import ctypes
import os
from typing import Any

import pytest

from faults.deployment import mem_config, proc
from faults.deployment.mem_config import MAGIC, Heap, Layout, head_of, read, rwlock
from faults.deployment.memory import Memory
from targets.scene import Scene

RELEASES = [(20, 11), (22, 11), (23, 11), (24, 11), (25, 11), (26, 7)]


def _made(release: tuple[int, int], line: int = 64, **fields: int) -> tuple[Any, int, Layout]:
    """A configuration in our own memory, its address, its layout. heap: the lock of the second heap."""
    layout = Layout(head_of(release), line)
    buffer = (ctypes.c_char * (layout.mem_cfg_addr_at + 64))()
    address = ctypes.addressof(buffer)
    head = layout.head.from_buffer(buffer)
    head.magic = MAGIC
    head.version = release[0] << 24 | release[1] << 16 | 3 << 8 | 99
    heap = Heap.from_buffer(buffer, layout.heaps_at + layout.heap_size)
    heap.socket_id, heap.total_size, heap.lock = 1, 1 << 21, fields.pop("heap", 0)
    for name, value in fields.items():
        setattr(head, name, value)
    ctypes.c_uint64.from_buffer(buffer, layout.mem_cfg_addr_at).value = address
    return buffer, address, layout


def _read(address: int) -> mem_config.Config:
    with Memory(os.getpid()) as memory:
        return read(memory, address)


def _held(config: mem_config.Config) -> dict[str, tuple[bool, int]]:
    return {lock.kind: (lock.writer, lock.readers) for lock in config.locks if lock.held}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("line", [64, 128])
def test_each_lock_is_read(release: tuple[int, int], line: int) -> None:
    one_reader = 1 if release < (22, 11) else 4
    buffer, address, _ = _made(release, line, qlock=one_reader, tlock=1, heap=1)
    config = _read(address)
    assert config.version == (*release, 3) and config.complete and not config.doubt
    assert _held(config) == {"tailqs": (False, 1), "timers": (True, 0), "heap": (True, 0)}
    assert [lock.place for lock in config.locks if lock.kind == "heap"] == ["of socket 1"]
    del buffer


# As gcc has them for x86-64, with the headers of each release.
BEFORE_PORTS = [16, 20, 24, 28, 32, 40, 136, 17544]
WITH_PORTS = [16, 20, 24, 28, 36, 48, 144, 17552]
WITH_AREA = [*WITH_PORTS[:-1], 17576]
OFFSETS = {
    (20, 11): BEFORE_PORTS,
    (22, 11): BEFORE_PORTS,
    (23, 11): WITH_PORTS,
    (24, 11): WITH_PORTS,
    (25, 11): WITH_PORTS,
    (26, 7): WITH_AREA,
}


@pytest.mark.parametrize("release", RELEASES)
def test_parts_are_where_the_compiler_has_them(release: tuple[int, int]) -> None:
    head = head_of(release)
    fields = ("mlock", "qlock", "mplock", "tlock", "memory_hotplug_lock")
    parts = (*fields, "memzones", "memsegs", "tailq_head")
    layout = Layout(head, 64)
    assert [getattr(head, name).offset for name in parts] == OFFSETS[release]
    assert (layout.heaps_at, layout.heap_size, layout.mem_cfg_addr_at) == (19136, 192, 25288)


def test_free_locks_are_free() -> None:
    buffer, address, _ = _made((22, 11))
    assert _held(_read(address)) == {}
    del buffer


def test_lock_of_the_ports_is_in_it_since_23_11() -> None:
    buffer, address, _ = _made((23, 11), ethdev_lock=1)
    assert _held(_read(address)) == {"ports": (True, 0)}
    del buffer


def test_layout_that_does_not_fit_is_not_believed() -> None:
    buffer, address, layout = _made((22, 11), qlock=2)
    ctypes.c_uint64.from_buffer(buffer, layout.mem_cfg_addr_at).value = address + 8
    config = _read(address)
    assert (config.locks, config.version) == ((), (22, 11, 3))
    assert "built with other settings" in config.doubt


@pytest.mark.parametrize("packed, why", [(27 << 24 | 11 << 16, "27.11"), (0, "not made yet")])
def test_unknown_release_is_told(packed: int, why: str) -> None:
    buffer, address, layout = _made((22, 11))
    layout.head.from_buffer(buffer).version = packed
    config = _read(address)
    assert config.locks == () and why in config.doubt and "known is 20.11 to 26.07" in config.doubt


def test_what_is_not_mapped_is_told() -> None:
    assert _read(8).doubt == "the configuration cannot be read"


@pytest.mark.parametrize(
    "value, release, seen",
    [
        (-1, (20, 11, 0), (True, 0, False)),
        (2, (20, 11, 0), (False, 2, False)),
        (2, (22, 11, 0), (True, 0, False)),
        (8, (22, 11, 0), (False, 2, False)),
        (5, (24, 11, 0), (False, 1, True)),
        (1, (24, 11, 0), (False, 0, True)),
    ],
)
def test_counter_of_each_kind_of_lock(
    value: int, release: tuple[int, ...], seen: tuple[bool, int, bool]
) -> None:
    lock = rwlock("tailqs", "", value, release)
    assert (lock.writer, lock.readers, lock.writer_waits) == seen


def test_real_process_is_read(scene: Scene) -> None:
    peer = scene.primary()
    address = proc.config_address(proc.maps_of(peer.pid) or "")
    assert address is not None
    with Memory(peer.pid) as memory:
        free = read(memory, address)
        peer.call("mcfg_timer_lock")
        held = read(memory, address)
        peer.call("mcfg_timer_unlock")
    assert free.doubt == "" and _held(free) == {}
    assert list(free.version or ()) == peer.greeting.version[:3]
    assert _held(held) == {"timers": (True, 0)}
    scene.close()
