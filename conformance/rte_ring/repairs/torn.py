# SPDX-License-Identifier: BSD-3-Clause
"""A ring torn by a real process that was killed inside of it, and those who are left."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.rte_ring import history
from conformance.rte_ring.deaths.walk import COUNT, START_STATES
from conformance.rte_ring.dump import indices
from targets.observed import observed
from targets.peer import Peer, Pending
from targets.scene import Scene

SIDES = ("enqueue", "dequeue")  # of the one that died

N = 8  # objects that the dead one was moving
HELD, DEAD, OTHERS, STALE = 1, 1001, 2001, 9001  # the first object of each
ENTERING = list(range(3001, 3005))  # of one who comes to a torn ring, and hangs in it
EXCHANGED = 2_000
SPINNING_S = 0.05

# A dead producer leaves room, a dead consumer leaves something to take; and both wrap.
START_STATE = "wrapping"


@dataclass
class Torn:
    """A ring in which a process has died, and the survivors: `alike`, on the side of the dead process,
    and `other`, on the other side. came: the objects that have come out since."""

    scene: Scene
    mode: str
    side: str
    alike: Peer
    other: Peer
    name: str
    ring: str
    victim: Peer
    came: list[int] = field(default_factory=list)
    put: int = 0

    @property
    def held(self) -> int:
        """The number of objects in the ring."""
        return int(START_STATES[self.side][START_STATE][1])

    @property
    def producer(self) -> Peer:
        """The survivor that can enqueue."""
        return self.alike if self.side == "enqueue" else self.other

    @property
    def consumer(self) -> Peer:
        """The survivor that can dequeue."""
        return self.other if self.side == "enqueue" else self.alike

    # -- what they do ---------------------------------------------------------------------------

    def take(self) -> bool:
        """The consumer takes what there is; False when it hangs."""
        told = self.consumer.call("ring_try", ring=self.ring, operation="dequeue_burst", n=COUNT)
        self.came += told.objs
        return not told.hangs

    def give(self, n: int = 4) -> bool:
        """The producer puts some objects in; False when it hangs."""
        told = self.producer.call(
            "ring_try", ring=self.ring, operation="enqueue_burst", n=n, first=OTHERS + self.put
        )
        self.put += 0 if told.hangs else told.ret
        return not told.hangs

    def go_on(self) -> str:
        """Lets the survivors go on in turn; the name of the one that hangs, in words, or ""."""
        for _ in range(6):
            if not self.give():
                return "producers hang" + ("" if self.take() else ", consumers too")
            if not self.take():
                return "consumers hang"
        return ""

    def exchange(self) -> bool:
        """True if one queue explains a full history through the ring."""
        keys = {"ring": self.ring, "count": EXCHANGED}
        took, put = (str(peer.directory / "moved") for peer in (self.consumer, self.producer))
        taking = self.consumer.tell("ring_consume", burst=32, path=took, **keys)
        putting = self.producer.tell("ring_produce", burst=8, producer=1, path=put, **keys)
        # In a ring that is wrong either may be done without the other.
        self.scene.wait_until(lambda: taking.answered or putting.answered, "objects to pass")
        for pending in (putting, taking):
            pending.peer.call("stop", of=pending.id)
            pending.answer()
        found = history.check([history.read(put)], [history.read(took)])
        return found.objects == EXCHANGED and not found.wrong

    # -- what has become of it ------------------------------------------------------------------

    def harm(self) -> str:
        """The findings of the survivors when they go on, in words: "works" when all is well."""
        hang = self.go_on()
        wrong = not hang and not self.exchange()
        # Also what one who hung, or came out late, was putting in: it is nobody's mistake that this
        # comes out.
        doubtful = {*ENTERING, *range(OTHERS + self.put, OTHERS + self.put + 4)}
        known = {*self.mine, *self.theirs, *self.dead, *doubtful}
        stale, twice = len(set(self.came) - known), len(self.came) - len(set(self.came))
        words = [hang] if hang else []
        words += ["a full exchange goes wrong"] if wrong else []
        words += [f"{stale} stale objects come out"] if stale else []
        words += [f"{twice} come out twice"] if twice else []
        return ", ".join(words) or "works"

    def told(self) -> str:
        """The findings of `harm`, and the objects that are lost."""
        words, came = [self.harm()], set(self.came)
        lost = len(self.mine - came)
        # What the dead consumer had taken, nobody else can know of.
        taken = min(lost, N) if self.side == "dequeue" else N - len(came & self.dead)
        others = lost - taken if self.side == "dequeue" else lost
        survivors = len(self.theirs - came)
        words.append(f"lost: {taken} of the dead one's {N}")
        words.append(f"{others} of {self.held - (N if self.side == 'dequeue' else 0)} others")
        words += [f"{survivors} of the survivors' {self.put}"] if survivors else []
        return ", ".join(words)

    @property
    def mine(self) -> set[int]:
        """The objects that were in the ring when the dead process began."""
        return set(range(HELD, HELD + self.held))

    @property
    def theirs(self) -> set[int]:
        """The objects that the survivors have enqueued since, by the results of their calls."""
        return set(range(OTHERS, OTHERS + self.put))

    @property
    def dead(self) -> set[int]:
        """The objects that a dead producer was about to enqueue."""
        return set(range(DEAD, DEAD + N)) if self.side == "enqueue" else set()

    @property
    def entering(self) -> set[int]:
        """The objects that have come out of an enqueue that began on the torn ring."""
        return set(ENTERING) & set(self.came)

    @property
    def waits_for(self) -> int:
        """The value that the tail would have if the process had not died: the next operation in MP or
        MC waits for it."""
        start, held = START_STATES[self.side][START_STATE]
        return COUNT + start + N + (held if self.side == "enqueue" else 0)


def spins(pending: Pending) -> bool:
    """True if a call gets nowhere: its threads have used far more CPU time than any operation on a ring
    takes. False when it is answered."""
    peer = pending.peer

    def used_s() -> float:
        return sum(peer.cpu_s(thread) for thread in peer.threads_named("peer-verb"))

    before_s = used_s()
    peer.scene.wait_until(
        lambda: pending.answered or used_s() > before_s + SPINNING_S,
        f"{pending.verb} to spin or end",
    )
    return not pending.answered


@observed
def ahead(peer: Peer, name: str, side: str) -> int:
    """The distance from the tail to the head, in the dump of a ring."""
    told = indices(peer.call("ring_dump", ring=peer.call("ring_lookup", name=name).ring).text)
    who = {"enqueue": "p", "dequeue": "c"}[side]
    return told[f"{who}h"] - told[f"{who}t"]
