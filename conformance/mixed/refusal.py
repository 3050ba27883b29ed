# SPDX-License-Identifier: BSD-3-Clause
"""How a process is refused at its start, and in which words."""

from __future__ import annotations

from typing import Any

from targets.peer import EAL_FAILED, Peer
from targets.scene import Scene

# What DPDK logs: to a secondary, and to a primary.
MISMATCH = "Primary and secondary process DPDK version mismatch"
LOCKED = "Is another primary process running?"


def begins(scene: Scene, role: str, *eal: str, **options: Any) -> Peer:
    """A peer whose rte_eal_init has returned; if that failed it has ended."""
    peer = scene.start(role, *eal, **options)
    peer.may_end(code=EAL_FAILED)
    scene.wait_until(lambda: peer.said("ready") or not peer.alive, "rte_eal_init to return")
    return peer


def refusal(peer: Peer) -> str:
    """The words in which a peer was refused."""
    if peer.said("ready"):
        return "not refused"
    said = peer.output
    return next((words for words in (MISMATCH, LOCKED) if words in said), "other words")
