# SPDX-License-Identifier: BSD-3-Clause
"""A pair of peers of which one asks and the other answers, for the tests of relays."""

from __future__ import annotations

import os

from targets.peer import Peer
from targets.protocol import Facts
from targets.scene import Scene


def asking(scene: Scene) -> tuple[Peer, Peer]:
    """A primary, and a secondary that answers "ping"."""
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    return primary, secondary


def ask(primary: Peer, timeout: str = "ample") -> Facts:
    """Lets the primary ask; returns the answer of rte_mp_request_sync."""
    return primary.call("mp_request_sync", name="ping", param=b"x", timeout=timeout)


def names(scene: Scene) -> list[str]:
    """The sockets in the runtime directory, ours included."""
    found = scene.isolation.inside(os.listdir, scene.runtime)
    return sorted(name for name in found if "mp_socket" in name)


def params(peer: Peer, count: int) -> list[bytes]:
    """The parameters of the next messages that a peer gets."""
    return [bytes.fromhex(peer.expect("action").msg.param) for _ in range(count)]
