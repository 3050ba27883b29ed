# SPDX-License-Identifier: BSD-3-Clause
"""The queues of a primary's port, set up alike each way, and its link."""

from __future__ import annotations

from typing import Sequence

from targets.peer import Peer


def set_up(
    peer: Peer,
    port_id: int,
    queues: int,
    pool: str,
    rx: int,
    tx: int,
    interrupts: Sequence[str] = (),
) -> None:
    """Configures a port with so many queues each way, of rx and tx descriptors; interrupts: those
    that are on, as eth_dev_configure has them. None of the calls may fail."""
    configure_queues(peer, port_id, queues, **dict.fromkeys(interrupts, True))
    set_up_queues(peer, port_id, queues, pool, rx, tx)


def configure_queues(peer: Peer, port_id: int, queues: int, **more: int) -> None:
    """The first of the calls that set_up() makes. more: as eth_dev_configure has it, such as rss_hf, the
    hash that spreads flows over the queues."""
    configured = {"nb_rx_queue": queues, "nb_tx_queue": queues, **more}
    assert peer.call("eth_dev_configure", port_id=port_id, **configured).ret == 0


def set_up_queues(peer: Peer, port_id: int, queues: int, pool: str, rx: int, tx: int) -> None:
    """The others: they set up one queue after the other, each way."""
    steps = []
    for queue in range(queues):
        ask = {"port_id": port_id, "queue_id": queue}
        steps.append(peer.call("eth_rx_queue_setup", pool=pool, nb_desc=rx, **ask))
        steps.append(peer.call("eth_tx_queue_setup", nb_desc=tx, **ask))
    assert [step.ret for step in steps] == [0] * len(steps)


def has_link(peer: Peer, port_id: int) -> bool:
    """Whether the link of a port is up."""
    return bool(peer.call("eth_link_get", port_id=port_id).link_status == 1)
