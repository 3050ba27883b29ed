# SPDX-License-Identifier: BSD-3-Clause
"""The functions of rte_ring*.h for each mode, and rings that two processes share."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, TypeVar

from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.protocol import Facts

T = TypeVar("T")

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Mode:
    """The mode of one side of a ring.

    flag: of rte_ring_core.h, none for the default.  sync_type: its name there.  prefixes: of the
    functions that are for rings of this mode; "" are those that look at the flag.  peek: whether it
    has start and finish apart (rte_ring_peek.h).
    """

    flag: str | None
    sync_type: str
    prefixes: tuple[str, ...]
    peek: bool = False


PRODUCERS = {
    "SP": Mode("RING_F_SP_ENQ", "RTE_RING_SYNC_ST", ("", "sp_", "mp_"), peek=True),
    "MP": Mode(None, "RTE_RING_SYNC_MT", ("", "sp_", "mp_")),
    "RTS": Mode("RING_F_MP_RTS_ENQ", "RTE_RING_SYNC_MT_RTS", ("", "mp_rts_")),
    "HTS": Mode("RING_F_MP_HTS_ENQ", "RTE_RING_SYNC_MT_HTS", ("", "mp_hts_"), peek=True),
}
CONSUMERS = {
    "SC": Mode("RING_F_SC_DEQ", "RTE_RING_SYNC_ST", ("", "sc_", "mc_"), peek=True),
    "MC": Mode(None, "RTE_RING_SYNC_MT", ("", "sc_", "mc_")),
    "RTS": Mode("RING_F_MC_RTS_DEQ", "RTE_RING_SYNC_MT_RTS", ("", "mc_rts_")),
    "HTS": Mode("RING_F_MC_HTS_DEQ", "RTE_RING_SYNC_MT_HTS", ("", "mc_hts_"), peek=True),
}
# Every pair of them, as "SP-SC".
PAIRS = tuple(f"{producer}-{consumer}" for producer in PRODUCERS for consumer in CONSUMERS)
# Those that have start and finish apart on the producers' side, the consumers', and both.
PEEK_PUT = tuple(pair for pair in PAIRS if PRODUCERS[pair.split("-")[0]].peek)
PEEK_TAKE = tuple(pair for pair in PAIRS if CONSUMERS[pair.split("-")[1]].peek)
PEEK_PAIRS = tuple(pair for pair in PEEK_PUT if pair in PEEK_TAKE)
# Of four that are reserved, these are put in.
FILLINGS: tuple[tuple[int, ...], ...] = ((1, 2), (), (3,))

# Of pointers, and of elements as large as other pieces of DPDK have them.
POINTER = 8
ESIZES = (4, 8, 12, 16, 20, 32, 48, 64)


def flags(pair: str) -> list[str]:
    """The flags of a ring of these modes, such as "SP-SC"."""
    producer, consumer = pair.split("-")
    return [flag for flag in (PRODUCERS[producer].flag, CONSUMERS[consumer].flag) if flag]


def alike(cases: Any, promised: T) -> dict[Any, T]:
    """A table with one promise for every case."""
    return {case: promised for case in cases}


@dataclass(frozen=True)
class Ends:
    """A ring that two processes know: one puts in, the other takes out."""

    producer: Peer
    consumer: Peer
    ring: str

    def put(self, how: str, *objs: int, **keys: Any) -> Facts:
        """ring_enqueue_<how> in the one."""
        return self.producer.call(f"ring_enqueue_{how}", ring=self.ring, objs=list(objs), **keys)

    def take(self, how: str, n: int, **keys: Any) -> Facts:
        """ring_dequeue_<how> in the other."""
        return self.consumer.call(f"ring_dequeue_{how}", ring=self.ring, n=n, **keys)

    def put_all(self, *objs: int) -> None:
        """Enqueues these objects before the part that is tested."""
        put = self.put("bulk", *objs)
        if put.ret != len(objs):
            raise Inconclusive(f"{len(objs)} objects to begin with: {put}")

    def put_start(self, how: str, n: int, **keys: Any) -> Facts:
        """ring_enqueue_<how>_start in the one; "zc_bulk" for zero copy."""
        return self.producer.call(f"ring_enqueue_{how}_start", ring=self.ring, n=n, **keys)

    def put_finish(self, *objs: int) -> None:
        """Finishes an enqueue, with these pointers."""
        self.producer.call("ring_enqueue_finish", ring=self.ring, objs=list(objs))

    def put_finish_elem(self, table: bytes, esize: int) -> None:
        """Finishes an enqueue, with these elements."""
        self.producer.call("ring_enqueue_elem_finish", ring=self.ring, obj_table=table, esize=esize)

    def take_start(self, how: str, n: int, **keys: Any) -> Facts:
        """ring_dequeue_<how>_start in the other."""
        return self.consumer.call(f"ring_dequeue_{how}_start", ring=self.ring, n=n, **keys)

    def take_finish(self, n: int) -> None:
        """Finishes a peek dequeue: so many objects are removed."""
        self.consumer.call("ring_dequeue_finish", ring=self.ring, n=n)

    def rest(self) -> list[int]:
        """Takes out whatever is in it."""
        objs: list[int] = self.take("burst", 64).objs
        return objs

    def states(self) -> list[Facts]:
        """The state of the ring, as each of the two processes sees it."""
        return [peer.call("ring_state", ring=self.ring) for peer in (self.producer, self.consumer)]

    @observed
    def counts(self) -> tuple[int, int, bool, bool]:
        """count, free_count, empty, full: the same in both processes."""
        one, other = ((s.count, s.free_count, s.empty, s.full) for s in self.states())
        assert one == other
        return one

    def turn(self, n: int) -> None:
        """Moves so many objects through the ring before the part that is tested."""
        left = self.producer.call("ring_turn", ring=self.ring, n=n).left
        if left:
            raise Inconclusive(f"{left} of {n} objects do not go through")


def shared(producer: Peer, consumer: Peer, pair: str, count: int = 8, **keys: Any) -> Ends:
    """A ring of these modes that one process makes, under a name of its own, and the other finds."""
    verb = "ring_create_elem" if "esize" in keys else "ring_create"
    name = f"{pair} {next(_numbers)}"
    keys["flags"] = flags(pair) + keys.pop("flags", [])
    made = producer.call(verb, name=name, count=count, **keys)
    found = consumer.call("ring_lookup", name=name)
    if made.ring is None or found.ring != made.ring:
        raise Inconclusive(f"no ring to look at: {made} in one process, {found} in the other")
    return Ends(producer, consumer, str(made.ring))
