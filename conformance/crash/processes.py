# SPDX-License-Identifier: BSD-3-Clause
"""The processes of a crash scene: the victim (a primary or a secondary), its successor and a
bystander."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any, Callable, Iterable

from faults.runtime_dir import lockable
from faults.survivors import Survivors, ask, starts
from targets.outcome import Died
from targets.peer import EAL_FAILED, Peer
from targets.process import Ending
from targets.scene import Scene
from targets.threads import INTERRUPT_THREADS, IPC_THREADS, Scheduled, scheduled

DEVICES = ("--vdev=net_null0",)

# Every secondary that dies keeps some of the shared heap; by then the next ones might not fit in.
LOST = "shared memory"
ROOM = 600 << 10
MOST_PEERS = 100

# DPDK's own timeouts for what processes ask each other are 5 s; some follow one another.
MOST_TIMEOUTS_S = 15.0
# More than the heap has: it must grow, in all processes.
MUCH = 6 << 20


# What a process may die of by itself.
DEADLY = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)


class Processes:
    """A scene with a primary and a bystander, a secondary, that a victim comes to or is one of.

    lives: the victim is not killed, but a call of it fails.  memory: what an activity has allocated.
    """

    def __init__(self, scene: Scene, victim: str, *, lives: bool = False) -> None:
        self.scene = scene
        self.role = victim
        self.lives = lives
        self.primary = scene.primary(*DEVICES)
        self.bystander = scene.secondary()
        self.victim = self.primary
        self.memory: str | None = None
        self.survivors: Survivors | None = None
        if victim == "secondary" or lives:
            within_s = scene.speed.slack_s
            self.survivors = Survivors(scene, self.primary, (self.bystander,), within_s=within_s)
            self._used, self._room = self._heap()

    @property
    def all(self) -> list[Peer]:
        """All three, or the two where the primary is the victim."""
        return list(dict.fromkeys((self.primary, self.bystander, self.victim)))

    def peer(self, who: str) -> Peer:
        """The "victim", or the "other": the primary where that is not the victim."""
        if who == "victim":
            return self.victim
        return self.primary if self.role == "secondary" else self.bystander

    def words_for(self, peer: Peer) -> str:
        """The name by which the published table calls a peer."""
        if peer is self.victim:
            return "the victim"
        return "the primary" if peer is self.primary else "the bystander"

    def enter(self, *, held: bool) -> None:
        """The next victim, where it is a secondary; held before rte_eal_init, if so wanted."""
        self.memory = None
        if self.role == "primary":
            return
        self.victim = self.scene.start("secondary", hold=held)
        if not held:
            self.victim.expect("ready")

    def settle(self) -> None:
        """No command of the victim is under way, and each of its threads waits."""
        self.victim.call("nothing")
        self.scene.wait_until(
            lambda: "peer-verb" not in self.victim.threads() and set(self.victim.states()) == {"S"},
            "an idle victim",
        )

    def killed(self) -> dict[str, str]:
        """The others that have ended by themselves, and how: the worst effect that there is."""
        others = {"primary": self.primary, "bystander": self.bystander}
        return {
            role: f"died: {peer.ending}"
            for role, peer in others.items()
            if peer is not self.victim and peer.ending and peer.ending.signal in DEADLY
        }

    # -- what is left of it -----------------------------------------------------------------------

    def findings(self, *, touched: bool) -> dict[str, str]:
        """The effects of the victim's end on the other processes, {} if there are none.

        touched: it may have had anything that is shared; then a new secondary is started, too, and
        memory must grow.
        """
        if self.survivors is None or (self.role == "primary" and not self.primary.alive):
            return self._bereaved()
        found = self.rest() if touched else {}
        found |= self.survivors.findings(newcomer=touched)
        if "memory" in found:
            # The primary takes back what it can after a timeout of its own: a matter of when one looks.
            found.pop("hugepages", None)
        elif touched and self.primary.alive:
            found |= self._lost()
        if touched and self.primary.alive and not set(found) & {"memory", "request of the primary"}:
            found |= self._growth(self.primary)
        if touched and self.primary.alive:
            found |= self._devices()
        return found

    def rest(self) -> dict[str, str]:
        """Waits until all have done what the victim has set going. A finding if another one waits for
        the victim until a timeout of DPDK's: meanwhile nobody can attach."""
        news, others = self.scene.news, {"primary": self.primary, "bystander": self.bystander}
        with suppress(Died):
            if news.holds_within(self._settled(self.all), self.limit_s):
                return {}
            late = {role: one for role, one in others.items() if one.alive and self._busy(one)}
            news.holds_within(self._settled(late.values()), MOST_TIMEOUTS_S)
            return dict.fromkeys(late, "waits for the dead one until a timeout")
        return {}

    def _settled(self, peers: Iterable[Peer]) -> Callable[[], bool]:
        """Tells, asked again and again, if of the living ones none is busy, and none has run since it
        was asked before."""
        seen: dict[int, Scheduled] | None = None

        def settled() -> bool:
            nonlocal seen
            living = [peer for peer in peers if peer.alive]
            before, seen = seen, {k: v for one in living for k, v in scheduled(one.pid).items()}
            return seen == before and not any(map(self._busy, living))

        return settled

    def _busy(self, peer: Peer) -> bool:
        """True if it is in the middle of what another process has asked of it."""
        if "futex" in peer.wait_channel(*IPC_THREADS, *INTERRUPT_THREADS):
            return True
        if set(peer.states()) != {"S"}:
            return True
        return peer is self.primary and not self.scene.isolation.inside(
            lockable, self.scene.runtime
        )

    def _call(self, item: str, peer: Peer, verb: str, **keys: Any) -> tuple[Any, dict[str, str]]:
        return ask(item, self.limit_s, peer, verb, **keys)

    @property
    def limit_s(self) -> float:
        """The time in which a living process does what it is asked, in seconds."""
        return self.survivors.limit_s if self.survivors else self.scene.speed.slack_s

    def _heap(self) -> tuple[int, int]:
        """Bytes of the shared heap that are in use, and that are not."""
        heap = self.primary.call("malloc_get_socket_stats", socket=0)
        return heap.heap_totalsz_bytes - heap.heap_freesz_bytes, heap.heap_freesz_bytes

    def _lost(self) -> dict[str, str]:
        """The amount of the shared heap that the dead process has kept."""
        before = self._used
        self._used, self._room = self._heap()
        lost = (self._used - before) // 1024
        return {LOST: f"{lost} kB lost"} if lost else {}

    @property
    def worn(self) -> bool:
        """True if the scene is worn out: the heap will soon have to grow by itself, or we hold too many
        descriptors of dead processes."""
        if len(self.scene.peers) > MOST_PEERS:
            return True
        return self.survivors is not None and self._room < ROOM

    def _growth(self, peer: Peer) -> dict[str, str]:
        item = "memory that must grow"
        got, found = self._call(item, peer, "malloc", size=MUCH)
        if got is None:
            return found
        if not got.ret:
            return {item: "none"}
        return self._call(item, peer, "free", ptr=got.ret)[1]

    def _devices(self) -> dict[str, str]:
        """Compares the devices of both processes; {} if they are the same."""
        seen = []
        for peer in (self.primary, self.bystander):
            devices, found = self._call("devices", peer, "dev_foreach", dev_str="bus=vdev")
            if devices is None:
                return found
            # One that is only known, because its rollback has been told, is no device.
            seen.append({device["name"] for device in devices.ret if device["is_probed"]})
        odd = sorted(seen[0] ^ seen[1])
        if not odd:
            return {}
        words = [
            f"{name} only in the {'primary' if name in seen[0] else 'bystander'}" for name in odd
        ]
        return {"devices": ", ".join(words)}

    # -- when it was the primary ------------------------------------------------------------------

    def _bereaved(self) -> dict[str, str]:
        """The effects of the primary's death on a secondary, and whether a restart of all processes
        helps. (A new primary beside an old secondary is always refused: the secondary has the shared
        files locked.)"""
        found: dict[str, str] = {}
        with suppress(Died):
            found |= self._orphan()
            found |= self._heir()
        if not self.bystander.alive and self.bystander.ending != Ending(signal=signal.SIGKILL):
            found["bystander"] = f"died: {self.bystander.ending}"
        return found

    def _orphan(self) -> dict[str, str]:
        asked, found = self._call(
            "request of the bystander", self.bystander, "mp_request_sync", name="x", timeout="ample"
        )
        if asked is not None and asked.rte_errno != "ECONNREFUSED":
            found["request of the bystander"] = f"fails with {asked.rte_errno}"
        got, wrong = self._call("memory of the bystander", self.bystander, "malloc", size=64)
        found |= wrong
        if got is not None and got.ret:
            found |= self._call("memory of the bystander", self.bystander, "free", ptr=got.ret)[1]
        return found | self._starts("new secondary beside no primary", "secondary")

    def _heir(self) -> dict[str, str]:
        """A new primary after everybody's end: what is left to those who restart all."""
        self.bystander.kill()
        return self._starts("new primary after all others' end", "primary", *DEVICES)

    def _starts(self, item: str, role: str, *eal: str) -> dict[str, str]:
        """True if another process of this role starts. The process ends at once."""
        peer = self.scene.start(role, *eal)
        peer.may_end(code=EAL_FAILED)
        failed = starts(peer, self.limit_s)
        if failed:
            return {item: failed}
        peer.kill()
        return {}
