# SPDX-License-Identifier: BSD-3-Clause
"""A block of DPDK's shared memory that spans several pages, and who can see it."""

from __future__ import annotations

from targets.observed import observed
from targets.outcome import Breach
from targets.peer import Peer
from targets.protocol import Facts

PAGE = 2 << 20
# Five pages of 2 MB with its overhead: more than a heap that has just begun has left.
SIZE = 8 << 20
_MARK = b"as one process wrote it"


def last_of(ptr: str, size: int = SIZE) -> str:
    """The address of the last bytes of a block."""
    return hex(int(ptr, 16) + size - len(_MARK))


def fill(peer: Peer, ptr: str, size: int = SIZE) -> None:
    """Lets a peer write to the first and the last bytes of a block."""
    for at in (ptr, last_of(ptr, size)):
        peer.call("write_memory", ptr=at, data=_MARK)


@observed
def seen(peer: Peer, ptr: str, size: int = SIZE) -> str:
    """The content of a block, as a peer reads it: "the same", "something else", or the errno of a page
    that the peer has not mapped, on which an application would have died."""
    found = [peer.call("read_memory", ptr=at, count=len(_MARK)) for at in (ptr, last_of(ptr, size))]
    for answer in found:
        if answer.ret < 0:
            return str(answer.errno)
    same = all(bytes.fromhex(answer.data) == _MARK for answer in found)
    return "the same" if same else "something else"


def listen(*peers: Peer) -> None:
    """Lets peers tell of memory events from now on."""
    for peer in peers:
        peer.call("mem_event_callback_register", name="told")


@observed
def events(peer: Peer) -> list[tuple[str, str, int]]:
    """The memory events of a peer until now: kind, address, bytes."""
    return [(event.event_type, event.addr, event.len) for event in peer.events("mem_event")]


@observed
def got(answer: Facts) -> str:
    """ "memory" or "no memory": the result of an allocation."""
    return "no memory" if answer.ret is None else "memory"


def drain(peer: Peer) -> int:
    """Takes all that the heap has, so that every further byte needs a page; a block's own overhead."""

    def stats(key: str) -> int:
        size: int = peer.call("malloc_get_socket_stats", socket=0)[key]
        return size

    free = stats("heap_freesz_bytes")
    peer.call("malloc", size=64)
    overhead = free - stats("heap_freesz_bytes") - 64
    while (largest := stats("greatest_free_size")) > overhead:
        before, free = free, stats("heap_freesz_bytes")
        if free >= before:
            raise Breach(
                "an allocation from what is free leaves less", f"{before}, then {free} free"
            )
        peer.call("malloc", size=largest - overhead)
    return overhead
