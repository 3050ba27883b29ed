# SPDX-License-Identifier: BSD-3-Clause
"""rte_soring_get_memsize, _init, _count, _free_count and _dump: how a staged ordered ring is made, in
memory that processes share, and how it tells of itself."""

from __future__ import annotations

import errno
import re
from typing import Any

import pytest

from conformance.cases import ALL_HOLD, cases
from conformance.roles import both_roles, pair, subject
from conformance.rte_ring.api import ESIZES, PAIRS, alike
from conformance.rte_ring.soring.api import DIAGONAL, Soring, parameters, shared
from targets.observed import observed
from targets.peer import Peer
from targets.scene import Scene

CACHE_LINE = 64
MOST = 2**30 - 1  # RTE_SORING_ELEM_MAX
NAMESIZE = 29  # RTE_RING_NAMESIZE, with the zero at its end

# What no soring can have, by the parameter that says so.
INVALID = {
    "stages": (0,),
    "elem_size": (0, 1, 2, 3, 5, 6, 7, 10, 2**32 - 1),
    "meta_size": (1, 2, 3, 5, 6, 7, 10, 2**32 - 1),
    "elems": (MOST + 1, 2**31 - 1, 2**31, 2**32 - 1),
}
every_invalid = pytest.mark.parametrize("parameter", INVALID)


def _memory(peer: Peer, size: int = 4096) -> str:
    return str(peer.call("malloc", size=size, align=CACHE_LINE).ret)


@every_invalid
def test_invalid_parameters_have_no_size(scene: Scene, parameter: str):
    """rte_soring_get_memsize refuses no stages at all, a size that is no multiple of 4, and more elements
    than there can be, with -EINVAL.

    Source: rte_soring.h, rte_soring_get_memsize: "-EINVAL if provided parameter values are invalid";
        struct rte_soring_param: "must be a multiple of 4"; RTE_SORING_ELEM_MAX
    Since: 25.03   Strength: must
    """
    peer = scene.primary()
    seen = {}
    for value in INVALID[parameter]:
        keys = parameters(peer, "MP-MC", **{parameter: value})
        seen[parameter, value] = peer.call("soring_get_memsize", **keys).errno
    assert seen == alike(seen, "EINVAL")


@every_invalid
def test_invalid_parameters_make_nothing(scene: Scene, parameter: str):
    """rte_soring_init refuses what has no size, and writes nothing into the memory.

    Source: rte_soring.h, rte_soring_init: "0 on success, or a negative error code"
    Since: 25.03   Strength: must
    """
    peer = scene.primary()
    memory, before = _memory(peer), "77" * CACHE_LINE
    seen = {}
    for value in INVALID[parameter]:
        keys = parameters(peer, "MP-MC", **{parameter: value})
        peer.call("write_memory", ptr=memory, data=bytes.fromhex(before))
        said = peer.call("soring_init", soring=memory, **keys).errno
        after = peer.call("read_memory", ptr=memory, count=CACHE_LINE).data
        seen[parameter, value] = (said, after == before)
    assert seen == alike(seen, ("EINVAL", True))


def test_nothing_is_no_soring(scene: Scene):
    """rte_soring_init refuses NULL, for the memory and for the parameters, with -EINVAL.

    Source: rte_soring.c, rte_soring_init; the header says "a negative error code"
    Since: 25.03   Strength: observed
    """
    peer = scene.primary()
    keys = parameters(peer, "MP-MC")
    seen = [
        peer.call("soring_init", soring=None, **keys).errno,
        peer.call("soring_init", soring=_memory(peer), prm=None).errno,
    ]
    assert seen == ["EINVAL", "EINVAL"]


def test_size_has_room_for_everything(scene: Scene):
    """The size is a multiple of a cache line, and has room for the objects and their metadata, up to the
    greatest number of elements.

    Source: rte_soring.h, rte_soring_get_memsize: "the sum of the size of the internal metadata and the
        size of the memory needed by the actual soring elements and their metadata", "aligned to a cache
        line size"; RTE_SORING_ELEM_MAX: "max possible number of elements"
    Since: 25.03   Strength: must
    """
    peer = scene.primary()
    seen = {}
    for elems in (1, 7, 8, 1000, MOST):
        for elem_size in (4, 8, 64, 2**16):
            for meta_size in (0, 4, 64):
                for stages in (1, 2, 2**16):
                    case = {"elems": elems, "elem_size": elem_size, "meta_size": meta_size}
                    keys = parameters(peer, "MP-MC", stages=stages, **case)
                    size = peer.call("soring_get_memsize", **keys).ret
                    needed = elems * (elem_size + meta_size)
                    seen[elems, elem_size, meta_size, stages] = (
                        size > needed,
                        size % CACHE_LINE,
                    )
    assert seen == alike(seen, (True, 0))


def test_size_beyond_all_sizes_is_refused(scene: Scene):
    """Valid parameters whose size does not fit a ssize_t are refused with -EINVAL: what is negative and
    not -EINVAL is neither a size nor an error.

    Source: rte_soring.h, rte_soring_get_memsize: "The memory size needed for the soring on success.
        -EINVAL if provided parameter values are invalid."
    Since: 25.03   Strength: must
    """
    peer = scene.primary()
    greatest = 2**32 - 4
    keys = parameters(peer, "MP-MC", elems=MOST, elem_size=greatest, meta_size=greatest)
    assert peer.call("soring_get_memsize", **keys).ret == -errno.EINVAL


@both_roles
def test_it_holds_what_was_asked_for(scene: Scene, role: str):
    """A soring holds exactly as many objects as it was made for, whether that is a power of two or not,
    in every pair of modes; none, if it was made for none.

    Source: rte_soring.h, struct rte_soring_param, elems: "number of elements in the soring"
    Since: 25.03   Strength: must
    """
    maker, finder = pair(scene, role)
    seen, promised = {}, {}
    for modes in PAIRS:
        for elems in (0, 1, 5, 7, 8, 63):
            soring = shared(maker, finder, modes, elems=elems)
            empty = soring.counts()
            put = soring.enqueue("burst", *range(70))
            seen[modes, elems] = (empty, (put.ret, put.free_space), soring.counts())
            promised[modes, elems] = ((0, elems), (elems, 0), (elems, 0))
    assert cases(seen, promised) == ALL_HOLD


@both_roles
def test_memory_that_was_used_is_as_new(scene: Scene, role: str):
    """Initialising a soring again empties it for all who know it, whatever was held in its stages.

    Source: rte_soring.h, rte_soring_init: "Initialize a soring structure in memory pointed by r"
    Since: 25.03   Strength: must
    """
    maker, finder = pair(scene, role)
    seen = {}
    for modes in DIAGONAL:
        soring = shared(maker, finder, modes, stages=2)
        soring.put_all(1, 2, 3, 4, 5)
        soring.through(3, 0)
        soring.acquire(finder, "bulk", 1, 1)
        keys = parameters(maker, modes, stages=2)
        again = maker.call("soring_init", soring=soring.soring, **keys).ret
        empty = (soring.counts(), soring.acquire(finder, "burst", 7, 1).ret, soring.taken())
        soring.put_all(*range(10, 17))
        soring.through(7, 0, 1)
        seen[modes] = (again, empty, soring.taken())
    assert seen == alike(seen, (0, ((0, 7), 0, []), list(range(10, 17))))


def test_names_have_a_greatest_length(scene: Scene):
    """A name that fits RTE_RING_NAMESIZE is taken and told as it is; a longer one is refused with
    -ENAMETOOLONG.

    Source: rte_soring.c, rte_soring_init; the header says "expected name of the soring" and "a negative
        error code"
    Since: 25.03   Strength: observed
    """
    peer = scene.primary()
    memory = _memory(peer)
    seen: dict[int, Any] = {}
    for length in (0, 1, NAMESIZE - 1, NAMESIZE, 200):
        name = "n" * length
        said = peer.call("soring_init", soring=memory, **parameters(peer, "MP-MC", name=name))
        if said.ret == 0:
            dump = peer.call("soring_dump", soring=memory).text
            seen[length] = f"<{name}>" in dump
        else:
            seen[length] = said.errno
    long: dict[int, Any] = {NAMESIZE: "ENAMETOOLONG", 200: "ENAMETOOLONG"}
    assert seen == {0: True, 1: True, NAMESIZE - 1: True, **long}


def test_neighbours_are_left_alone(scene: Scene):
    """All that is done with a soring stays inside the memory that rte_soring_get_memsize asks for.

    Source: rte_soring.h, rte_soring_get_memsize: "the number of bytes needed for a soring"
    Since: 25.03   Strength: must
    """
    producer, consumer = pair(scene, "primary")
    seen = {}
    for elem_size in ESIZES:
        for meta_size in (4, 64):
            sizes = {"elem_size": elem_size, "meta_size": meta_size}
            keys = parameters(producer, "MP-MC", stages=3, **sizes)
            size = producer.call("soring_get_memsize", **keys).ret
            memory = _memory(producer, size + CACHE_LINE)
            behind = hex(int(memory, 16) + size)
            producer.call("write_memory", ptr=behind, data=b"\x77" * CACHE_LINE)
            said = producer.call("soring_init", soring=memory, **keys).ret
            consumer.call("soring_at", soring=memory, **sizes)
            passed = _laps(Soring(producer, consumer, memory, **sizes))
            after = consumer.call("read_memory", ptr=behind, count=CACHE_LINE).data
            seen[elem_size, meta_size] = (said, passed, after == "77" * CACHE_LINE)
    assert seen == alike(seen, (0, True, True))


def _laps(soring: Soring) -> bool:
    """Takes bursts of all lengths through three stages, at every place of the soring; whether they came
    out as they went in."""
    alike = True
    for n in [*range(1, 8)] * 3:
        objs, meta = range(n), range(100, 100 + n)
        soring.put_all(*objs, meta=meta)
        for stage in range(3):
            got = soring.acquirx(soring.consumer, "bulk", n, stage)
            its = {"objs": soring.objects(got), "meta": soring.metadata(got)}
            soring.release(soring.consumer, got, stage, **its)
        out = soring.dequeux("bulk", n)
        alike = alike and (soring.objects(out), soring.metadata(out)) == ([*objs], [*meta])
    return alike


@observed
def _dump(soring: Soring) -> dict[str, str]:
    """The fields of a dump, which both processes must make alike."""
    one, other = (
        peer.call("soring_dump", soring=soring.soring).text
        for peer in (soring.producer, soring.consumer)
    )
    assert one == other
    return dict(re.findall(r"([\w.\[\]]+)=(\w+)", one))


@both_roles
def test_dump_says_how_it_stands(scene: Scene, role: str):
    """The dump of a soring says its capacity, sizes and stages, how many entries are used and free, and
    how far each stage has come.

    Source: rte_soring.h, rte_soring_dump: "Dump the status of the soring"
    Since: 25.03   Strength: observed
    """
    maker, finder = pair(scene, role)
    seen = {}
    for modes in PAIRS:
        soring = shared(maker, finder, modes, elems=6, elem_size=12, meta_size=4, stages=2)
        soring.put_all(1, 2, 3, 4)
        soring.through(3, 0)
        soring.acquire(finder, "bulk", 2, 1)
        dump = _dump(soring)
        keys: tuple[Any, ...] = ("capacity", "esize", "msize", "used", "avail", "nb_stage")
        stages = [
            (dump[f"stage[{i}].tail.pos"], dump[f"stage[{i}].head"], dump[f"stage[{i}].tail.sync"])
            for i in (0, 1)
        ]
        seen[modes] = ([dump[key] for key in keys], stages)
    promised = (["6", "12", "4", "4", "2", "2"], [("3", "3", "0"), ("0", "2", "0")])
    assert seen == alike(seen, promised)


@both_roles
def test_one_address_in_all_processes(scene: Scene, role: str):
    """A soring works in each process at the address at which the first one made it, also for a process
    that starts later.

    Source: soring.h, struct rte_soring: its stages, states and metadata are pointers
    Since: 25.03   Strength: observed
    """
    maker = subject(scene, role)
    late = scene.secondary()
    soring = shared(maker, late, "MP-MC", meta_size=4)
    soring.put_all(1, 2, meta=[7, 8])
    soring.through(2, 0)
    later = scene.secondary()
    later.call("soring_at", soring=soring.soring, elem_size=8, meta_size=4)
    out = Soring(maker, later, soring.soring, 8, 4).dequeux("burst", 8)
    assert (soring.objects(out), soring.metadata(out)) == ([1, 2], [7, 8])
