# SPDX-License-Identifier: BSD-3-Clause
"""The survivor's checklist: the effects on the other processes when one died, stopped or failed."""

from __future__ import annotations

import os
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from faults.ghost import Ghost
from faults.runtime_dir import lockable
from targets.observed import observed
from targets.outcome import Breach, Died
from targets.peer import EAL_FAILED, Peer, Pending
from targets.process import Ending
from targets.scene import Scene
from targets.threads import has_ipc_thread
from traffic.datagram import MpType

NAME = "survivors"


@dataclass(frozen=True)
class _Belongings:
    """The resources of a deployment; a clean end of one process leaves them as they were."""

    descriptors: Counter[str]
    hugepages: int
    files: Counter[str]


class Survivors:
    """Made while all is well, asked afterwards. Registers the action "survivors" in the primary and in
    `others`, secondaries that shall survive, too, and lets one more secondary come and go.

    rings: by name, how many objects each must hold.  pools: by name, how many objects must be free.
    within_s: a limit of its own, where the usual one is too long to be waited for often.
    """

    def __init__(
        self,
        scene: Scene,
        primary: Peer,
        others: tuple[Peer, ...] = (),
        *,
        rings: dict[str, int] | None = None,
        pools: dict[str, int] | None = None,
        within_s: float | None = None,
    ) -> None:
        self.scene = scene
        self.primary = primary
        self.others = others
        self.rings = rings or {}
        self.pools = pools or {}
        self.within_s = within_s
        for peer in (self.primary, *self.others):
            peer.call("mp_action_register", name=NAME, manner="reply")
        self.scene.secondary().stop()
        self._before = self._belongings()

    @property
    def limit_s(self) -> float:
        """The time in which a survivor that can run does what it is asked, in seconds."""
        return 2 * self.scene.speed.slack_s if self.within_s is None else self.within_s

    @observed
    def findings(self, *, newcomer: bool = True) -> dict[str, str]:
        """The findings, by item of the list, in words without pid, path or time; {} if nothing is wrong.

        newcomer: whether a new secondary is started, too: the one item that takes a process.
        Once the primary is dead nothing else is looked at: everything else follows from that.
        """
        found: dict[str, str] = {}
        with suppress(Died, FileNotFoundError):
            found = self._look(newcomer)
        with suppress(Breach):
            self.primary.call("nothing", self.limit_s)  # If it has ended, that is known now.
        return found if self.primary.alive else {"primary": f"died: {self.primary.ending}"}

    def _look(self, newcomer: bool) -> dict[str, str]:
        if not self.primary.alive:
            return {}
        found: dict[str, str] = {}
        if not has_ipc_thread(self.primary.pid):
            found["IPC thread"] = "gone"
        found |= self._memory() | self._asked() | self._asks()
        if newcomer:
            found |= self._newcomer()
        found |= self._rings() | self._pools()
        left = self._left()
        if found.get("new secondary", "").startswith("hang"):
            left.pop("files", None)  # Its own: it had to be killed.
        return found | left

    # -- the items --------------------------------------------------------------------------------

    def _call(self, item: str, peer: Peer, verb: str, **keys: Any) -> tuple[Any, dict[str, str]]:
        """The answer, or None and the finding."""
        return ask(item, self.limit_s, peer, verb, **keys)

    def _memory(self) -> dict[str, str]:
        """The primary still allocates and frees."""
        got, found = self._call("memory", self.primary, "malloc", size=64)
        if got is None:
            return found
        if not got.ret:
            return {"memory": "none"}
        return self._call("memory", self.primary, "free", ptr=got.ret)[1]

    def _asked(self) -> dict[str, str]:
        """The primary still answers a request."""
        with Ghost(self.scene, "survivor_asks", idle=True) as ghost:
            try:
                ghost.send(MpType.MP_REQ, NAME)
                if ghost.hears_within(self.limit_s):
                    return {}
            except ConnectionRefusedError:
                return {"request to the primary": "nobody at its socket"}
        return {"request to the primary": "unanswered"}

    def _asks(self) -> dict[str, str]:
        """The primary's requests still reach and are answered by whoever is there."""
        timeout_ns = int(self.limit_s * 1e9)
        timeout = {"sec": timeout_ns // 10**9, "nsec": timeout_ns % 10**9}
        item = "request of the primary"
        with Ghost(self.scene, "survivor_answers", idle=True) as ghost:
            pending = self.primary.tell("mp_request_sync", name=NAME, timeout=timeout)
            if ghost.hears_within(self.limit_s):
                ghost.reply(ghost.expect())
            r, found = answered(item, 2 * self.limit_s, pending)
            if r is None:
                return found
        # What rte_errno is after a success is nobody's promise.
        seen = (r.ret, r.rte_errno if r.ret else None, r.nb_sent, r.nb_received)
        every = 1 + len(self.others)
        return {} if seen == (0, None, every, every) else {item: _in_words(*seen)}

    def _newcomer(self) -> dict[str, str]:
        """A new secondary attaches and leaves, and finds the rings and pools."""
        item = "new secondary"
        peer = self.scene.start("secondary")
        peer.may_end(code=EAL_FAILED)
        failed = starts(peer, self.limit_s)
        if failed:
            return {item: failed}
        left, found = self._call(item, peer, "eal_cleanup")
        if left is None:
            if peer.alive:
                peer.kill()
            return {item: f"{found[item]} in rte_eal_cleanup"}
        peer.exit(0)
        return {} if left.ret == 0 else {item: f"rte_eal_cleanup returned {left.ret}"}

    def _rings(self) -> dict[str, str]:
        """Each ring holds what it must, and what it holds and has room for is its capacity."""
        found: dict[str, str] = {}
        for name, held in self.rings.items():
            item = f"ring {name}"
            ring, wrong = self._call(item, self.primary, "ring_lookup", name=name)
            if ring is None or not ring.ring:
                found |= wrong or {item: "not there"}
                continue
            state, wrong = self._call(item, self.primary, "ring_state", ring=ring.ring)
            found |= wrong
            if state is not None and (state.count, state.free_count) != (
                held,
                state.capacity - held,
            ):
                found[item] = f"{state.count} held, {state.free_count} free, {held} expected"
        return found

    def _pools(self) -> dict[str, str]:
        """Each pool has the objects back that it had."""
        found: dict[str, str] = {}
        for name, free in self.pools.items():
            item = f"mempool {name}"
            count, wrong = self._call(item, self.primary, "mempool_avail_count", name=name)
            found |= wrong
            if count is not None and count.ret != free:
                found[item] = f"{count.ret} free, {free} expected"
        return found

    # -- what must be back ------------------------------------------------------------------------

    def _belongings(self) -> _Belongings:
        # Pages are counted by what they hold, not by their files.
        opened = (path for path in self.primary.open_paths() if "rtemap_" not in path)
        paths = (re.sub(r"\d+", "N", path) for path in opened)
        pages = self.scene.hugepages()
        return _Belongings(Counter(paths), pages, self._files())

    def _files(self) -> Counter[str]:
        """The names in the runtime directory, without what differs from process to process."""
        names = self.scene.isolation.inside(os.listdir, self.scene.runtime)
        return Counter(re.sub(r"_\d+(_[0-9a-f]+)?$", "_PID", name) for name in names)

    def _left(self) -> dict[str, str]:
        found: dict[str, str] = {}
        now, before = self._belongings(), self._before
        for item, more in (
            ("descriptors", now.descriptors - before.descriptors),
            ("descriptors gone", before.descriptors - now.descriptors),
            ("files", now.files - before.files),
            ("files gone", before.files - now.files),
        ):
            if more:
                found[item] = ", ".join(f"{n} {what}" for what, n in sorted(more.items()))
        if now.hugepages != before.hugepages:
            found["hugepages"] = f"{now.hugepages - before.hugepages:+d}"
        if not self.scene.isolation.inside(lockable, self.scene.runtime):
            found["lock of the directory"] = "held"
        return found


def ask(
    item: str, limit_s: float, peer: Peer, verb: str, **keys: Any
) -> tuple[Any, dict[str, str]]:
    """The answer of a peer, or None and the finding under this item."""
    return answered(item, limit_s, peer.tell(verb, **keys))


def answered(item: str, limit_s: float, pending: Pending) -> tuple[Any, dict[str, str]]:
    """The answer to what was asked, or None and the finding under this item."""
    try:
        if pending.comes(limit_s):
            return pending.answer(), {}
        found = "hang"
    except Died as error:
        ending = pending.peer.ending
        found = f"died: {ending}" if ending is not None else error.observed
    pending.peer.forget(pending)
    return None, {item: found}


def starts(peer: Peer, limit_s: float) -> str:
    """Waits until a peer that was just started is ready; how it is not, "" if it is. It has ended
    then."""
    try:
        if peer.comes(lambda: peer.said("ready"), "it starts", limit_s):
            return ""
    except Died:
        return _refusal(peer)
    peer.kill()
    return "hang"


def _in_words(ret: int, error: str | None, sent: int, received: int) -> str:
    return f"returns {ret} ({error or 'no rte_errno'}), {sent} asked, {received} answered"


def _refusal(peer: Peer) -> str:
    """How rte_eal_init failed, or how the process ended instead."""
    if peer.ending != Ending(code=EAL_FAILED):
        return f"died: {peer.ending}"
    return f"refused: {peer.events('eal_failed')[0].rte_errno or 'no rte_errno'}"
