# SPDX-License-Identifier: BSD-3-Clause
"""Starts a secondary that is not like the others, and says what has come of it."""

from __future__ import annotations

from typing import Any, Iterable

from targets.peer import EAL_FAILED, Peer
from targets.process import Ending
from targets.scene import Scene


def outcome(scene: Scene, *eal: str, **own: Any) -> tuple[Peer, str]:
    """The secondary, and "ready"; "refused: ERRNO", by rte_eal_init, "refused: None" where it gives no
    reason; or how else it ended: "SIGSEGV". own: as targets.own.Own takes it."""
    secondary = scene.start("secondary", *eal, **own)
    secondary.may_end_anyhow()
    if secondary.initialised():
        secondary.must_end_as_declared()
        secondary.expect("ready")
        return secondary, "ready"
    ending = secondary.wait_end()
    if ending != Ending(code=EAL_FAILED):
        return secondary, str(ending)
    return secondary, f"refused: {secondary.expect('eal_failed').rte_errno}"


def explained(how: str) -> str:
    """An outcome; "refused" whatever the reason is, if there is one."""
    return "refused" if how.startswith("refused: E") else how


def outcomes_within(scene: Scene, limit: str, values: Iterable[int]) -> set[str]:
    """What has come of secondaries, one after another, each with another value of a limit."""
    found = set()
    for value in values:
        secondary, how = outcome(scene, limits={limit: value})
        found.add(how)
        if how == "ready":
            secondary.stop()
    return found


def all_talk(scene: Scene) -> list[str]:
    """Lets every living process ask the others whom DPDK lets it ask; who has not been answered by all
    of them."""
    living = [peer for peer in scene.peers if peer.alive]
    for peer in living:
        peer.call("mp_action_register", name="talk", manner="reply")  # EEXIST, the next time.
    mute = []
    for peer in living:
        r = peer.call("mp_request_sync", name="talk", timeout="ample")
        asked = len(living) - 1 if peer.name.startswith("primary") else 1
        if (r.ret, r.nb_sent, r.nb_received) != (0, asked, asked):
            mute.append(peer.name)
    return mute
