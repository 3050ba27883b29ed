# SPDX-License-Identifier: BSD-3-Clause
"""The settings of a ring as every process reads them: its modes and distances, and how they may be
changed."""

from __future__ import annotations

import re

from conformance.roles import both_roles, pair
from conformance.rte_ring.api import CONSUMERS, PAIRS, PRODUCERS, Ends, alike, shared
from conformance.rte_ring.dump import fields, indices
from targets.observed import observed
from targets.scene import Scene

NONE = 2**32 - 1  # UINT32_MAX
SIDES = ("prod", "cons")


@both_roles
def test_modes_are_told_to_everybody(scene: Scene, role: str):
    """All sixteen pairs of modes can be had, and every process is told which a ring has.

    Source: rte_ring.h, rte_ring_get_prod_sync_type, rte_ring_is_prod_single, and those for consumers
    Since: 20.08   Strength: must
    """
    maker, finder = pair(scene, role)
    types = finder.call("ring_sync_types")
    name = {types[each]: each for each in types if each.startswith("RTE_")}
    seen, promised = {}, {}
    for modes in PAIRS:
        states = shared(maker, finder, modes).states()
        seen[modes] = [
            (name[s.prod_sync_type], s.is_prod_single, name[s.cons_sync_type], s.is_cons_single)
            for s in states
        ]
        producer, consumer = modes.split("-")
        mine = (PRODUCERS[producer].sync_type, int(producer == "SP"))
        yours = (CONSUMERS[consumer].sync_type, int(consumer == "SC"))
        promised[modes] = [(*mine, *yours)] * 2
    assert seen == promised


@both_roles
def test_distance_is_an_eighth_of_the_capacity(scene: Scene, role: str):
    """The greatest distance of head and tail in RTS mode is an eighth of the capacity, on each side that
    is RTS; a side that is not has none.

    Source: rte_ring_rts.h: "By default HTD_MAX == ring.capacity / 8"; "or UINT32_MAX otherwise"
    Since: 20.08   Strength: must
    """
    maker, finder = pair(scene, role)
    seen, promised = {}, {}
    sizes: list[tuple[int, list[str], int]] = [
        (8, [], 0),
        (16, [], 1),
        (64, [], 7),
        (64, ["RING_F_EXACT_SZ"], 8),
    ]
    for modes in PAIRS:
        for count, exact, eighth in sizes:
            states = shared(maker, finder, modes, count, flags=exact).states()
            seen[modes, count, *exact] = [(s.prod_htd_max, s.cons_htd_max) for s in states]
            each = tuple(eighth if side == "RTS" else NONE for side in modes.split("-"))
            promised[modes, count, *exact] = [each] * 2
    assert seen == promised


@both_roles
def test_distance_is_everybodys(scene: Scene, role: str):
    """A distance that one process sets is the other's, too, and a reset keeps it; on a side that is not
    RTS it is refused with -ENOTSUP.

    Source: rte_ring_rts.h, rte_ring_set_prod_htd_max: "Zero on success, or negative error code
        otherwise"; "producer has to use appropriate sync mode (RTS)"
    Since: 20.08   Strength: must
    """
    maker, setter = pair(scene, role)
    seen, promised = {}, {}
    for modes in PAIRS:
        ends = shared(maker, setter, modes)
        said = [
            setter.call(f"ring_set_{side}_htd_max", ring=ends.ring, v=v).errno
            for side, v in zip(SIDES, (3, 4))
        ]
        setter.call("ring_reset", ring=ends.ring)
        seen[modes] = (said, [(s.prod_htd_max, s.cons_htd_max) for s in ends.states()])
        relaxed = [side == "RTS" for side in modes.split("-")]
        promised[modes] = (
            [None if each else "ENOTSUP" for each in relaxed],
            [(3 if relaxed[0] else NONE, 4 if relaxed[1] else NONE)] * 2,
        )
    assert seen == promised


@both_roles
def test_reset_empties_it_for_all(scene: Scene, role: str):
    """A ring that one process resets is empty for all, and works as a new one.

    Source: rte_ring.h, rte_ring_reset: "flush all the elements in a ring"
    Since: 18.05   Strength: must
    """
    user, other = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        ends = shared(user, other, modes)
        ends.turn(5)
        ends.put_all(1, 2, 3, 4, 5)
        ends.take("bulk", 1)
        other.call("ring_reset", ring=ends.ring)
        empty = (ends.counts(), ends.take("burst", 1).ret)
        put = ends.put("burst", *range(10, 20))
        seen[modes] = (empty, (put.ret, put.free_space), ends.rest())
    filled = ((7, 0), list(range(10, 17)))
    assert seen == alike(PAIRS, (((0, 7, True, False), 0), *filled))


def _text(ends: Ends) -> str:
    """A dump, which both processes must make alike."""
    one, other = (
        peer.call("ring_dump", ring=ends.ring).text for peer in (ends.producer, ends.consumer)
    )
    assert one == other
    return str(one)


@observed
def _dump(ends: Ends) -> dict[str, str]:
    """The fields of a dump."""
    text = _text(ends)
    return fields(text) | {"name": str(re.findall("<(.*?)>", text)[0])}


def test_dump_says_how_it_stands(scene: Scene):
    """The dump of a ring says its name, size, capacity, and how many entries are used and free.

    Source: rte_ring.h, rte_ring_dump: "Dump the status of the ring to a file"
    Since: 18.05   Strength: observed
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in PAIRS:
        ends = shared(producer, consumer, modes)
        ends.put_all(1, 2)
        dump = _dump(ends)
        named = dump["name"].startswith(f"{modes} ")
        seen[modes] = (named, *(dump[key] for key in ("size", "capacity", "used", "avail")))
    assert seen == alike(PAIRS, (True, "8", "7", "2", "5"))


@observed
def _indices(ends: Ends) -> tuple[int, ...]:
    """Head and tail of the consumer, and of the producer."""
    told = indices(_text(ends))
    return tuple(told[key] for key in ("ch", "ct", "ph", "pt"))


def test_dump_says_where_heads_and_tails_are(scene: Scene):
    """The dump of a ring says where its two heads and tails are, in every mode.

    Source: rte_ring.c, rte_ring_dump: ct, ch, pt, ph
    Since: 25.03   Strength: observed
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for modes in PAIRS:
        ends = shared(producer, consumer, modes)
        ends.turn(21)  # Three bulks of seven
        ends.put_all(1, 2)
        seen[modes] = _indices(ends)
    wrong = {modes: seen[modes] for modes in seen if seen[modes] != (21, 21, 23, 23)}
    assert wrong == {}


@both_roles
def test_list_has_the_rings_of_all(scene: Scene, role: str):
    """The list of rings has those that any process has made, and none that has been freed.

    Source: rte_ring.h, rte_ring_list_dump: "Dump the status of all rings on the console"
    Since: 18.05   Strength: must
    """
    one, other = pair(scene, role)
    for peer, name in ((one, "mine"), (other, "yours"), (one, "gone")):
        peer.call("ring_create", name=name, count=8)
    other.call("ring_free", ring=other.call("ring_lookup", name="gone").ring)
    lists = [peer.call("ring_list_dump").text for peer in (one, other)]
    assert [re.findall("<(.*?)>", text) for text in lists] == [["mine", "yours"]] * 2
