# SPDX-License-Identifier: BSD-3-Clause
"""The usual casts: who is in a scene when a clause begins, in which role."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from faults.ghost import Ghost
from targets.peer import Peer
from targets.scene import Scene

both_roles = pytest.mark.parametrize("role", ["primary", "secondary"])


def subject(scene: Scene, role: str) -> Peer:
    """The peer that a clause is about; as a secondary it has a primary beside it."""
    primary = scene.primary()
    return primary if role == "primary" else scene.secondary()


def pair(scene: Scene, role: str) -> tuple[Peer, Peer]:
    """A peer in `role`, and the one it talks to."""
    primary, secondary = scene.primary(), scene.secondary()
    return (primary, secondary) if role == "primary" else (secondary, primary)


def settle(sender: Peer, receiver: Peer) -> None:
    """All that `sender` has sent to `receiver` is handled: its messages keep their order."""
    receiver.call("mp_action_register", name="settle")
    sender.call("mp_sendmsg", name="settle")
    receiver.expect("action", action="settle")
    receiver.call("mp_action_unregister", name="settle")


def ends_by(peer: Peer, verb: str, **keys: Any) -> str:
    """Tells a peer to make this call, which must kill it by SIGSEGV, and returns how the peer ends."""
    peer.may_end(signal=signal.SIGSEGV)
    fatal = peer.tell(verb, **keys)
    ending = peer.wait_end()
    peer.forget(fatal)
    return str(ending)


def in_order(scene: Scene, *ghosts: Ghost) -> list[Ghost]:
    """Ghosts in the order in which the primary's broadcasts reach them."""
    order = scene.sockets()
    return sorted(ghosts, key=lambda ghost: order.index(f"mp_socket_{ghost.who}"))


def queue_room(scene: Scene) -> int:
    """The number of datagrams that fit into the queue of a socket that nobody reads: the network
    namespace's net.unix.max_dgram_qlen plus one."""
    path = Path("/proc/sys/net/unix/max_dgram_qlen")
    return int(scene.isolation.inside(path.read_text)) + 1


def fill_queue(scene: Scene, primary: Peer) -> int:
    """Fills the queues of those who do not read; with how many messages. The next one blocks."""
    room = queue_room(scene)
    for _ in range(room):
        primary.call("mp_sendmsg", name="fill")
    return room


each_of_three = pytest.mark.parametrize("who", ["primary", "secondary", "other"])


def three(scene: Scene, who: str, *eal: str) -> tuple[Peer, Peer, Peer]:
    """A primary with these EAL arguments and two secondaries: `who` first, and the other two in the
    order primary, secondary, other."""
    peers = {"primary": scene.primary(*eal)}
    peers["secondary"], peers["other"] = scene.secondary(), scene.secondary()
    one = peers.pop(who)
    second, third = peers.values()
    return one, second, third
