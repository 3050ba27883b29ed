# SPDX-License-Identifier: BSD-3-Clause
"""The spaces of a ring's own memory that a zero-copy start tells: filled, looked at, finished."""

from __future__ import annotations

from conformance.rte_ring.api import POINTER, Ends
from targets.peer import Peer
from targets.protocol import Facts


def objs_of(*objs: int) -> bytes:
    return b"".join(obj.to_bytes(POINTER, "little") for obj in objs)


def _parts(start: Facts, esize: int) -> list[tuple[str, int]]:
    """(where, how many bytes) of the one or two spaces that a start has told."""
    first = min(start.zcd.n1, start.ret) * esize
    second = start.ret * esize - first
    return [(start.zcd.ptr1, first)] + ([(start.zcd.ptr2, second)] if second else [])


def fill(peer: Peer, start: Facts, table: bytes, esize: int = POINTER) -> None:
    for where, size in _parts(start, esize):
        if size:
            peer.call("write_memory", ptr=where, data=table[:size])
        table = table[size:]


def look(peer: Peer, start: Facts, esize: int = POINTER) -> bytes:
    parts = _parts(start, esize)
    read = [peer.call("read_memory", ptr=where, count=size).data for where, size in parts if size]
    return bytes.fromhex("".join(read))


def put_finish(ends: Ends, n: int, elem: str = "") -> None:
    ends.producer.call(f"ring_enqueue_zc{elem}_finish", ring=ends.ring, n=n)


def take_finish(ends: Ends, n: int, elem: str = "") -> None:
    ends.consumer.call(f"ring_dequeue_zc{elem}_finish", ring=ends.ring, n=n)
