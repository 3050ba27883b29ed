# SPDX-License-Identifier: BSD-3-Clause
"""Staged ordered rings that two processes share, and the functions of rte_soring.h on them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Iterable

from conformance.rte_ring.api import CONSUMERS, PRODUCERS
from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.protocol import Facts

_numbers = itertools.count(1)

# A pair of modes for every mode of each side.
DIAGONAL = tuple(f"{producer}-{consumer}" for producer, consumer in zip(PRODUCERS, CONSUMERS))


def parameters(peer: Peer, modes: str, **prm: Any) -> dict[str, Any]:
    """struct rte_soring_param for these modes: 7 elements of 8 bytes, no metadata and one stage, unless
    `prm` says otherwise."""
    types = peer.call("ring_sync_types")
    producer, consumer = modes.split("-")
    return {
        "name": f"s{next(_numbers)}",
        "elems": 7,
        "elem_size": 8,
        "meta_size": 0,
        "stages": 1,
        "prod_synt": types[PRODUCERS[producer].sync_type],
        "cons_synt": types[CONSUMERS[consumer].sync_type],
        **prm,
    }


@dataclass(frozen=True)
class Soring:
    """A soring that two processes know: one puts in, the other takes out; who works in its stages is
    told each time.

    Objects and metadata are integers here, of `elem_size` and `meta_size` bytes in the soring.
    """

    producer: Peer
    consumer: Peer
    soring: str
    elem_size: int
    meta_size: int

    def bytes_of(self, objs: Iterable[int]) -> bytes:
        """Objects as they are in memory."""
        return b"".join(obj.to_bytes(self.elem_size, "little") for obj in objs)

    def objects(self, facts: Facts) -> list[int]:
        """The objects in an answer."""
        return _integers(facts.objs, self.elem_size)

    def metadata(self, facts: Facts) -> list[int]:
        """The metadata in an answer."""
        return _integers(facts.meta, self.meta_size)

    def enqueue(self, how: str, *objs: int, **keys: Any) -> Facts:
        """rte_soring_enqueue_<how> in the one process; rte_soring_enqueux_<how> with the key meta."""
        return self._given(self.producer, "enqueu", "e", how, objs=self.bytes_of(objs), **keys)

    def acquire(self, peer: Peer, how: str, num: int, stage: int = 0, **keys: Any) -> Facts:
        """rte_soring_acquire_<how> in any process."""
        verb = f"soring_acquire_{how}"
        return peer.call(verb, soring=self.soring, stage=stage, num=num, **keys)

    def acquirx(self, peer: Peer, how: str, num: int, stage: int = 0, **keys: Any) -> Facts:
        """rte_soring_acquirx_<how> in any process."""
        verb = f"soring_acquirx_{how}"
        return peer.call(verb, soring=self.soring, stage=stage, num=num, **keys)

    def release(self, peer: Peer, got: Facts, stage: int = 0, **keys: Any) -> None:
        """rte_soring_release in any process of what has been acquired: rte_soring_releasx with the key
        meta. The key objs has what the objects have become."""
        keys.setdefault("n", got.ret)
        objs = keys.pop("objs", None)
        told = {"stage": stage, "ftoken": got.ftoken, **keys}
        self._given(peer, "releas", "e", "", objs=objs and self.bytes_of(objs), **told)

    def dequeue(self, how: str, num: int, **keys: Any) -> Facts:
        """rte_soring_dequeue_<how> in the other process."""
        return self.consumer.call(f"soring_dequeue_{how}", soring=self.soring, num=num, **keys)

    def dequeux(self, how: str, num: int, **keys: Any) -> Facts:
        """rte_soring_dequeux_<how> in the other process."""
        return self.consumer.call(f"soring_dequeux_{how}", soring=self.soring, num=num, **keys)

    def _given(self, peer: Peer, name: str, plain: str, how: str, **keys: Any) -> Facts:
        """The function with x at the end of its name where there is metadata, plain where not."""
        meta = keys.get("meta")
        if meta is not None:
            size = self.meta_size
            keys["meta"] = b"".join(each.to_bytes(size, "little") for each in meta)
        verb = f"soring_{name}{'x' if 'meta' in keys else plain}{how and '_'}{how}"
        return peer.call(verb, soring=self.soring, **keys)

    # -- short ways ---------------------------------------------------------------------------------

    def put_all(self, *objs: int, **keys: Any) -> None:
        """Enqueues these objects before the part that is tested."""
        put = self.enqueue("bulk", *objs, **keys)
        if put.ret != len(objs):
            raise Inconclusive(f"{len(objs)} objects to begin with: {put}")

    def through(self, n: int, *stages: int) -> None:
        """Takes n objects through these stages, by the one who takes out."""
        for stage in stages if n else ():
            got = self.acquire(self.consumer, "bulk", n, stage)
            if got.ret != n:
                raise Inconclusive(f"{n} objects to take through stage {stage}: {got}")
            self.release(self.consumer, got, stage)

    def taken(self, num: int = 64) -> list[int]:
        """Takes out whatever is ready."""
        return self.objects(self.dequeue("burst", num))

    @observed
    def counts(self) -> tuple[int, int]:
        """rte_soring_count and _free_count, which are the same in both processes."""
        one, other = (
            tuple(
                peer.call(verb, soring=self.soring).ret
                for verb in ("soring_count", "soring_free_count")
            )
            for peer in (self.producer, self.consumer)
        )
        assert one == other
        return one[0], one[1]


def _integers(told: str, size: int) -> list[int]:
    raw = bytes.fromhex(told)
    return [int.from_bytes(raw[at : at + size], "little") for at in range(0, len(raw), size)]


def shared(producer: Peer, consumer: Peer, modes: str, **prm: Any) -> Soring:
    """A soring of these modes in a memzone that one process makes, and the other looks up."""
    keys = parameters(producer, modes, **prm)
    size = producer.call("soring_get_memsize", **keys).ret
    zone = producer.call("memzone_reserve", name=keys["name"], len=size)
    made = producer.call("soring_init", soring=zone.addr, **keys)
    found = consumer.call("memzone_lookup", name=keys["name"])
    if made.ret != 0 or found.addr != zone.addr:
        raise Inconclusive(f"no soring to look at: {made} in one process, {found} in the other")
    sizes = {key: keys[key] for key in ("elem_size", "meta_size")}
    consumer.call("soring_at", soring=found.addr, **sizes)
    return Soring(producer, consumer, str(zone.addr), **sizes)
