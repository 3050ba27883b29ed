# SPDX-License-Identifier: BSD-3-Clause
"""What the callback of an asynchronous request was given, and how often it ran."""

from __future__ import annotations

from faults.ghost import Ghost
from targets.peer import Peer
from targets.protocol import Facts


def outcome(done: Facts) -> tuple[int, int, list[bytes]]:
    """nb_sent, nb_received and each reply's param of an `async_reply` event."""
    return done.nb_sent, done.nb_received, [bytes.fromhex(m.param) for m in done.msgs or []]


def callbacks_by_the_end_of_another(peer: Peer, ghost: Ghost, of: int) -> int:
    """The number of callbacks that the request with id `of` has had when a later request has timed
    out."""
    other = peer.tell("mp_request_async", name="afterwards", timeout="patience")
    ghost.expect("afterwards")
    other.answer()
    peer.expect("async_reply", of=other.id)
    return len(peer.events("async_reply", of=of))
