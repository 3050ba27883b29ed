# SPDX-License-Identifier: BSD-3-Clause
"""A port of a primary brought up for a clause, and the frames that it is given."""

from __future__ import annotations

from typing import Sequence

from conformance.ethdev import queues as queues_of
from targets.peer import Peer

MBUFS = 1023
DESCRIPTORS = 32


def frames(count: int, length: int = 64) -> list[str]:
    """`count` frames that differ, in hexadecimal: to everybody, of an EtherType for experiments."""
    head = b"\xff" * 6 + bytes((2, 0, 0, 0, 0, 1)) + b"\x88\xb5"
    return [(head + bytes([n + 1]) * (length - len(head))).hex() for n in range(count)]


def set_up(
    peer: Peer,
    device: str,
    queues: int = 1,
    pool: str = "mbufs",
    mbufs: int = MBUFS,
    interrupts: Sequence[str] = (),
) -> int:
    """Gives a primary's port its queues, with a pool of that name made for it, and interrupts as
    eth_dev_configure has them; its number."""
    port_id: int = peer.call("eth_dev_get_port_by_name", name=device).port_id
    assert peer.call("pktmbuf_pool_create", name=pool, n=mbufs).ret == 0
    queues_of.set_up(peer, port_id, queues, pool, DESCRIPTORS, DESCRIPTORS, interrupts)
    return port_id


def bring_up(peer: Peer, device: str, queues: int = 1, pool: str = "mbufs") -> int:
    """Sets a primary's port up and starts it; its number."""
    port_id = set_up(peer, device, queues, pool)
    started = peer.call("eth_dev_start", port_id=port_id)
    assert started.ret == 0
    return port_id
