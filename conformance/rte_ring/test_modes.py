# SPDX-License-Identifier: BSD-3-Clause
"""Every mode of both sides, between up to six processes: what came out is what one queue would give."""

import pytest

from conformance.model.options import DEFAULT_RING_OBJECTS
from conformance.rte_ring import history
from conformance.rte_ring.api import CONSUMERS, PRODUCERS, flags
from targets.peer import Peer
from targets.scene import Scene

SIZE = 256

every_producer = pytest.mark.parametrize("producer", PRODUCERS)
every_consumer = pytest.mark.parametrize("consumer", CONSUMERS)


def _ring(producer: str, consumer: str, peers: list[Peer]) -> str:
    """A ring of these modes, known to all peers."""
    modes = flags(f"{producer}-{consumer}")
    made = peers[0].call("ring_create", name="r", count=SIZE, flags=modes)
    for peer in peers[1:]:
        peer.call("ring_lookup", name="r")
    return str(made.ring)


def _moved(
    producers: list[Peer], consumers: list[Peer], ring: str, put: int, take: int, objects: int
):
    """Lets everybody run at once, in bursts of these sizes; what the checker finds wrong."""
    # Each takes its share, or a fast one might leave nothing to the others.
    share = len(producers) * objects // len(consumers)
    taking = [
        peer.tell(
            "ring_consume", ring=ring, burst=take, count=share, path=str(peer.directory / "took")
        )
        for peer in consumers
    ]
    putting = [
        peer.tell(
            "ring_produce",
            ring=ring,
            burst=put,
            producer=number,
            count=objects,
            path=str(peer.directory / "put"),
        )
        for number, peer in enumerate(producers)
    ]
    patience_s = 3 * producers[0].scene.speed.deadline_s * (1 + objects // DEFAULT_RING_OBJECTS)
    puts = [history.read(pending.answer(patience_s).path) for pending in putting]
    for peer, pending in zip(consumers, taking):
        if not pending.answered:
            peer.call("stop", of=pending.id)
    takes = [history.read(pending.answer(patience_s).path) for pending in taking]
    for peer in (*producers, *consumers):
        for path in (peer.directory / "put", peer.directory / "took"):
            path.unlink(missing_ok=True)
    return history.check(puts, takes, SIZE - 1)


def _wrong(found: history.Findings, producer: str, consumer: str) -> dict[str, int]:
    """The violations that no ring of these modes may show. In RTS the tail moves only when the last of
    several concurrent operations ends, so objects of an enqueue that has returned may not be there
    yet."""
    late = {"hidden": producer == "RTS", "refused": consumer == "RTS"}
    return {kind: count for kind, count in found.wrong.items() if not late.get(kind)}


@every_producer
@every_consumer
def test_one_queue_explains_what_came_out(
    scene: Scene, pytestconfig: pytest.Config, producer: str, consumer: str
):
    """Between processes every object arrives once, in an order that one queue explains, and a ring is
    found empty or full only when it was.

    Source: guide, "Ring Library": "FIFO", "Multi- or single-consumer/producer"; rte_ring.h
    Since: 20.08   Strength: documented
    """
    objects = pytestconfig.option.ring_objects
    putting, taking = 1 + (producer != "SP"), 1 + (consumer != "SC")
    peers = [scene.primary(), *(scene.secondary() for _ in range(putting + taking - 1))]
    ring = _ring(producer, consumer, peers)
    found = _moved(peers[:putting], peers[putting:], ring, 8, 32, objects)
    wrong = _wrong(found, producer, consumer)
    assert (found.objects, wrong, found.examples if wrong else ()) == (putting * objects, {}, ())


@pytest.mark.parametrize("mode", ["MP-MC", "RTS-RTS", "HTS-HTS"])
def test_more_processes_than_cores(scene: Scene, pytestconfig: pytest.Config, mode: str):
    """The ring is one queue, too, when there are more processes than cores, and a process is preempted
    inside the ring.

    Source: guide, "Ring Library", "RTS", "HTS": what they are made for; rte_ring.h
    Since: 20.08   Strength: documented
    """
    peers = [scene.primary(), *(scene.secondary() for _ in range(5))]
    producer, consumer = mode.split("-")
    ring = _ring(producer, consumer, peers)
    # Whoever is preempted inside an MP or MC ring keeps the others spinning for its time slice.
    few = 1 + pytestconfig.option.ring_objects // 6
    found = _moved(peers[:3], peers[3:], ring, 32, 4, few)
    wrong = _wrong(found, producer, consumer)
    assert (found.objects, wrong, found.examples if wrong else ()) == (3 * few, {}, ())
