# SPDX-License-Identifier: BSD-3-Clause
"""Elements of any size: what one process puts in, byte for byte, is what the other takes out."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from conformance.cases import ALL_HOLD, cases
from conformance.roles import both_roles, pair
from conformance.rte_ring.api import CONSUMERS, ESIZES, PRODUCERS, Ends, alike, shared
from targets.scene import Scene

# One pair for every mode of each side.
DIAGONAL = [f"{producer}-{consumer}" for producer, consumer in zip(PRODUCERS, CONSUMERS)]

every_diagonal = pytest.mark.parametrize("modes", DIAGONAL)


def _broken(ends: Ends, esize: int, count: int) -> str | None:
    """Bursts of all lengths, at every place of the ring: what came out differently, or nothing."""
    dice = Random(esize)
    for n in range(1, count):
        for _ in range(3):
            sent = dice.randbytes(n * esize)
            put = ends.producer.call(
                "ring_enqueue_bulk_elem", ring=ends.ring, obj_table=sent, esize=esize
            )
            took = ends.consumer.call(
                "ring_dequeue_burst_elem", ring=ends.ring, n=count, esize=esize
            )
            got = bytes.fromhex(took.obj_table)
            if (put.ret, took.ret, got) != (n, n, sent):
                return f"{n} of {sent.hex()}: {put.ret} went in, {got.hex()} came out"
    return None


@both_roles
@every_diagonal
def test_elements_keep_their_bytes(scene: Scene, role: str, modes: str):
    """Elements of 4 to 64 bytes come out in another process as they went in, wherever the ring wraps.

    Source: rte_ring_elem.h, "esize: The size of ring element, in bytes. It must be a multiple of 4";
        guide, "Objects can be pointers or elements of multiple of 4 byte size"
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, role)
    broken = {
        esize: _broken(shared(producer, consumer, modes, 16, esize=esize), esize, 16)
        for esize in ESIZES
    }
    assert broken == alike(ESIZES, None)


def test_one_element_keeps_its_bytes(scene: Scene):
    """A single element of any size comes out with the bytes with which it went in.

    Source: rte_ring_elem.h, rte_ring_enqueue_elem, rte_ring_dequeue_elem
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in DIAGONAL:
        for esize in ESIZES:
            ends, ok = shared(producer, consumer, modes, 4, esize=esize), True
            for turn in range(5):
                obj = bytes([turn + 1]) * (esize - 1) + b"\xff"
                producer.call("ring_enqueue_elem", ring=ends.ring, obj=obj)
                got = consumer.call("ring_dequeue_elem", ring=ends.ring, esize=esize)
                ok = ok and bytes.fromhex(got.obj) == obj
            seen[modes, esize] = ok
    assert seen == alike(seen, True)


def test_every_function_knows_the_size(scene: Scene):
    """Each function for elements moves elements of the size that it is told, and no other.

    Source: rte_ring_elem.h, rte_ring_rts.h, rte_ring_hts.h: "esize: must be the same value used while
        creating the ring"
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in DIAGONAL:
        for put, take in product(*(_functions(modes, side) for side in ("enqueue", "dequeue"))):
            for esize in (4, 12, 16):
                ends = shared(producer, consumer, modes, esize=esize)
                ends.turn(5)
                sent = bytes(range(4 * esize))
                went = producer.call(put, ring=ends.ring, obj_table=sent, esize=esize).ret
                came = consumer.call(take, ring=ends.ring, n=4, esize=esize)
                seen[put, take, esize] = (went, bytes.fromhex(came.obj_table) == sent)
                consumer.call("ring_free", ring=ends.ring)
    assert seen == alike(seen, (4, True))


def _functions(modes: str, side: str) -> list[str]:
    """All that move several elements on this side of a ring of these modes."""
    producer, consumer = modes.split("-")
    mode = PRODUCERS[producer] if side == "enqueue" else CONSUMERS[consumer]
    return [f"ring_{p}{side}_{how}_elem" for p in mode.prefixes for how in ("bulk", "burst")]


def test_neighbours_are_left_alone(scene: Scene):
    """Writing into a ring stays inside the memory that rte_ring_get_memsize_elem asks for.

    Source: rte_ring_elem.h, rte_ring_get_memsize_elem: "the number of bytes needed for a ring"
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for esize in ESIZES:
        size = producer.call("ring_get_memsize_elem", esize=esize, count=8).ret
        memory = producer.call("malloc", size=size + 64, align=64).ret
        behind = hex(int(memory, 16) + size)
        producer.call("write_memory", ptr=behind, data=b"\x77" * 64)
        assert producer.call("ring_init", ring=memory, name="r", count=8).ret == 0
        ring = consumer.call("ring_at", ring=memory).ring
        broken = _broken(Ends(producer, consumer, ring), esize, 8)
        after = consumer.call("read_memory", ptr=behind, count=64).data
        seen[esize] = (broken, after == "77" * 64)
    assert seen == alike(ESIZES, (None, True))


@both_roles
def test_objects_at_the_turn_of_the_indices(scene: Scene, role: str):
    """After 2^32 objects the indices begin again at zero, and no object, count or room shows it.

    Source: rte_ring_core.h, struct rte_ring: "the overflow of the indexes is not a problem";
        guide, "Modulo 32-bit Indexes"
    Since: 20.08   Strength: must
    """
    producer, consumer = pair(scene, role)
    seen = {}
    for modes in DIAGONAL:
        for count, exact in ((2**16, []), (60_000, ["RING_F_EXACT_SZ"])):
            ends = shared(producer, consumer, modes, count, flags=exact)
            ends.turn(2**32 - 4)
            ends.put_all(1, 2, 3)
            room = ends.put("burst", 4, 5, 6).free_space
            across = ends.counts()
            taken = [ends.take("bulk", 5).objs, ends.counts(), ends.rest(), ends.counts()]
            seen[f"{count} in {modes}"] = {"room": room, "counts": across, "taken": taken}
            producer.call("ring_free", ring=ends.ring)
    capacity = {2**16: 2**16 - 1, 60_000: 60_000}
    promised = {
        f"{count} in {modes}": {
            "room": most - 6,
            "counts": _holds(6, most),
            "taken": [[1, 2, 3, 4, 5], _holds(1, most), [6], _holds(0, most)],
        }
        for modes in DIAGONAL
        for count, most in capacity.items()
    }
    assert cases(seen, promised) == ALL_HOLD


def _holds(n: int, capacity: int) -> tuple[int, int, bool, bool]:
    """count, free_count, empty, full of a ring that is not full."""
    return n, capacity - n, n == 0, False
