# SPDX-License-Identifier: BSD-3-Clause
"""Up to six processes at work in one staged ordered ring at the same time: what comes out is what one
queue would give, and everything has passed every stage once."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.rte_ring import history
from conformance.rte_ring.api import CONSUMERS, PRODUCERS
from conformance.rte_ring.soring.api import DIAGONAL, Soring, parameters
from targets.peer import Peer
from targets.scene import Scene

SIZES = {"elem_size": 8, "meta_size": 4}
ELEMS = 63
OBJECTS = 10_000  # of each producer
STAGES = 2


def _soring(peers: list[Peer], modes: str) -> Soring:
    """A soring of these modes that all of them know."""
    keys = parameters(peers[0], modes, elems=ELEMS, stages=STAGES, **SIZES)
    size = peers[0].call("soring_get_memsize", **keys).ret
    zone = peers[0].call("memzone_reserve", name=keys["name"], len=size)
    peers[0].call("soring_init", soring=zone.addr, **keys)
    for peer in peers[1:]:
        peer.call("soring_at", soring=zone.addr, **SIZES)
    return Soring(peers[0], peers[-1], str(zone.addr), **SIZES)


def _moved(
    soring: Soring, producers: list[Peer], workers: list[Peer], consumers: list[Peer]
) -> Any:
    """Lets everybody run at once: the findings of the checker, and how many objects have come to a stage
    or out of the last one without having passed each stage before it once."""
    keys: dict[str, Any] = {"soring": soring.soring}
    patience_s = 6 * soring.producer.scene.speed.deadline_s
    working = [
        (peer, peer.tell("soring_work", burst=5 + stage, stage=stage, **keys))
        for stage in range(STAGES)
        for peer in workers
    ]
    share = len(producers) * OBJECTS // len(consumers)
    taking = [
        peer.tell("soring_consume", burst=16, count=share, stages=STAGES, path=_path(peer), **keys)
        for peer in consumers
    ]
    putting = [
        peer.tell("soring_produce", burst=8, count=OBJECTS, producer=i, path=_path(peer), **keys)
        for i, peer in enumerate(producers)
    ]
    puts = [history.read(pending.answer(patience_s).path) for pending in putting]
    took = [pending.answer(patience_s) for pending in taking]
    wrong = sum(facts.wrong for facts in took)
    worked = 0
    for peer, pending in working:
        peer.call("stop", of=pending.id)
        facts = pending.answer()
        worked, wrong = worked + facts.ret, wrong + facts.wrong
    return history.check(puts, [history.read(facts.path) for facts in took], ELEMS), wrong, worked


def _path(peer: Peer) -> str:
    return str(peer.directory / "moved")


@pytest.mark.parametrize("modes", DIAGONAL)
def test_one_queue_explains_what_came_out(scene: Scene, modes: str):
    """Between processes that put in, work in two stages and take out at the same time, every object comes
    out once, in an order that one queue explains, and has passed every stage once.

    Source: guide, "Staged Ordered Ring API": "preserves the ingress order of objects within the queue
        across multiple stages"; "each stage (and producer/consumer) can be served by single and/or
        multiple threads"
    Since: 25.03   Strength: documented
    """
    producer, consumer = modes.split("-")
    putting = 1 + (PRODUCERS[producer].sync_type != "RTE_RING_SYNC_ST")
    taking = 1 + (CONSUMERS[consumer].sync_type != "RTE_RING_SYNC_ST")
    peers = [scene.primary(), *(scene.secondary() for _ in range(putting + taking + 1))]
    producers, workers, consumers = peers[:putting], peers[putting : putting + 2], peers[-taking:]
    soring = _soring(peers, modes)
    found, wrong, worked = _moved(soring, producers, workers, consumers)
    # In a stage an object is neither out nor missing: a consumer finds nothing, and that is right. In RTS
    # the room of a dequeue that is over may not be there yet.
    late = {"hidden": True, "refused": consumer == "RTS"}
    kinds = {kind: count for kind, count in found.wrong.items() if not late.get(kind)}
    every = putting * OBJECTS
    seen = (found.objects, kinds, wrong, worked, soring.counts())
    assert seen == (every, {}, 0, STAGES * every, (0, ELEMS))
