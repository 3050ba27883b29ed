# SPDX-License-Identifier: BSD-3-Clause
"""rte_hash between processes: made here and used there, used by both, its maker gone."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.libraries.hash_table import (
    ENTRIES,
    FLAGS,
    KEY_LEN,
    LOCKED,
    LOCK_FREE,
    MULTI_WRITER,
    NAME,
    User,
    create,
    key,
)
from conformance.roles import both_roles, ends_by, pair
from faults.process import Killed
from targets.scene import Scene

every_flags = pytest.mark.parametrize("flags", list(FLAGS))


@both_roles
def test_table_is_found_by_the_other(scene: Scene, role: str):
    """A hash table that one process makes is found by the other under its name, at the same address.

    Source: rte_hash.h, rte_hash_find_existing: "Find an existing hash table object and return a pointer
        to it"
    Since: 16.04   Strength: must
    """
    maker, finder = pair(scene, role)
    made = maker.call("hash_create", name=NAME, entries=ENTRIES, key_len=KEY_LEN)
    found = finder.call("hash_find_existing", name=NAME)
    missing = finder.call("hash_find_existing", name="nobody's")
    assert (found.h, found.rte_errno) == (made.h, None)
    assert (missing.h, missing.rte_errno) == (None, "ENOENT")


@both_roles
def test_name_is_taken_once(scene: Scene, role: str):
    """A second hash table of the same name is refused with EEXIST, also in the other process.

    Source: rte_hash.h, rte_hash_create: "EEXIST - a memzone with the same name already exists"
    Since: 16.04   Strength: must
    """
    maker, other = pair(scene, role)
    create(maker)
    said = [
        peer.call("hash_create", name=NAME, entries=ENTRIES, key_len=KEY_LEN)
        for peer in (maker, other)
    ]
    assert [(r.h, r.rte_errno) for r in said] == [(None, "EEXIST")] * 2


@both_roles
def test_freed_table_is_not_found(scene: Scene, role: str):
    """A hash table that the other process frees is gone for its maker, and its name is free again.

    Source: rte_hash.h, rte_hash_free: "De-allocate all memory used by hash table"
    Since: 16.04   Strength: must
    """
    maker, other = pair(scene, role)
    create(maker)
    other.call("hash_free", name=NAME)
    gone = maker.call("hash_find_existing", name=NAME)
    again = maker.call("hash_create", name=NAME, entries=ENTRIES, key_len=KEY_LEN)
    assert (gone.h, gone.rte_errno, again.h is not None) == (None, "ENOENT", True)


@every_flags
@both_roles
def test_key_of_one_is_found_by_the_other(scene: Scene, role: str, flags: str):
    """Keys that one process adds are found, changed and deleted by the other, by hash values that each
    of them computes itself.

    Source: guide, "Multi-process Limitations": "perform the hash calculations by directly calling the
        hashing function from the code and then using the rte_hash_add_with_hash()/
        rte_hash_lookup_with_hash() functions"
    Since: 20.11   Strength: documented
    """
    maker, other = pair(scene, role)
    one, two = create(maker, *FLAGS[flags]), User(other)
    one.add(1, 10)
    one.add(2, 20)
    first = two.data(1, 2, 3)
    two.add(2, 21)
    two.add(3, 30)
    two.delete(1)
    assert (first, one.data(1, 2, 3)) == ([10, 20, "ENOENT"], ["ENOENT", 21, 30])


def test_both_see_all_keys(scene: Scene):
    """A table that two processes fill has the keys of both, and room for no more than it was made for.

    Source: rte_hash.h, rte_hash_count: "Return the number of keys in the hash table"; rte_hash_iterate
    Since: 18.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    one, two = create(primary, *FLAGS["RW_CONCURRENCY"]), User(secondary)
    for number in range(8):
        (one if number % 2 else two).add(number, 100 + number)
    seen = []
    for peer in (primary, secondary):
        met = peer.call("hash_iterate", name=NAME, key_len=KEY_LEN)
        count = peer.call("hash_count", name=NAME).ret
        seen.append((count, sorted(zip(met["keys"], met.data))))
    keys = [(key(number).hex(), 100 + number) for number in range(8)]
    assert seen == [(8, keys)] * 2


# The sets of flags that let several writers, and readers, be there at the same time.
AT_ONCE: dict[str, list[str]] = {
    "writers": [MULTI_WRITER],
    "writers and readers, with a lock": [MULTI_WRITER, LOCKED],
    "writers and readers, lock-free": [MULTI_WRITER, LOCK_FREE],
}
MANY = 100_000  # keys of each process


@pytest.mark.parametrize("who", list(AT_ONCE))
def test_writers_at_once_lose_nothing(scene: Scene, who: str):
    """Two processes, each with an lcore of its own, that add keys at the same time find all keys of both,
    with their own data; each finds what it adds at once, where readers may be there, too.

    Source: rte_hash.h, RTE_HASH_EXTRA_FLAGS_MULTI_WRITER_ADD: "Default behavior of insertion, single
        writer/multi writer"
    Since: 20.11   Strength: must
    """
    primary = scene.primary()
    scene.hugepages()
    peers = (primary, scene.secondary(lcore=1))
    flags = AT_ONCE[who]
    made = primary.call(
        "hash_create", name=NAME, entries=4 * MANY, key_len=KEY_LEN, extra_flag=flags
    )
    assert made.h is not None, f"no hash table: {made.rte_errno}"
    turns = [
        peer.tell("hash_turn", name=NAME, first=at, n=MANY) for peer, at in zip(peers, (0, MANY))
    ]
    told = [turn.answer() for turn in turns]
    not_added = [each.not_added for each in told]
    missing = [each.missing for each in told] if len(flags) > 1 else [0, 0]
    left = [peer.call("hash_missing", name=NAME, first=0, n=2 * MANY).missing for peer in peers]
    assert (not_added, missing, left) == ([0, 0], [0, 0], [0, 0])


@every_flags
def test_table_outlives_its_maker(scene: Scene, flags: str):
    """A hash table whose maker is killed between two calls stays: another process finds its keys and
    changes it.

    Source: guide, "Multi-process Support"; of death, nothing
    Since: 20.11   Strength: measured
    """
    primary, maker = scene.primary(), scene.secondary()
    create(maker, *FLAGS[flags]).add(1, 10)
    with Killed(maker):
        one = User(primary)
        one.add(2, 20)
        seen = (one.data(1, 2), one.delete(1), one.data(1))
    assert seen == ([10, 20], None, ["ENOENT"])


@pytest.mark.parametrize("verb", ["hash_lookup", "hash_add_key", "hash_del_key"])
@both_roles
def test_hash_value_is_computed_for_the_other(scene: Scene, role: str, verb: str):
    """A process that has not made the table may leave it to the library to compute the hash value of a
    key.

    Source: guide, "Hash Library", "Multi-process support": "The only function that can only be used in
        single-process mode is rte_hash_set_cmp_func()"
    Since: 16.04   Strength: documented
    """
    maker, other = pair(scene, role)
    create(maker).add(1, 10)
    mine = maker.call("hash_lookup", name=NAME, key=key(1)).ret
    by_value = User(other).data(1)
    theirs = other.call(verb, name=NAME, key=key(1)).ret
    assert (by_value, theirs) == ([10], mine)


def test_bulk_look_up_by_values_works_for_both(scene: Scene):
    """A process that has not made the table looks many keys up at once, by hash values that the process
    computes itself.

    Source: rte_hash.h, rte_hash_lookup_with_hash_bulk: "Find multiple keys in the hash table with
        precomputed hash value array"
    Since: 20.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    one = create(primary)
    for number in (1, 2):
        one.add(number, number)
    asked: dict[str, Any] = {
        "name": NAME,
        "keys": [key(number).hex() for number in (1, 2, 3)],
        "sigs": [secondary.call("hash_crc", data=key(number)).ret for number in (1, 2, 3)],
    }
    mine, theirs = (
        peer.call("hash_lookup_with_hash_bulk", **asked) for peer in (primary, secondary)
    )
    found = [position >= 0 for position in theirs.positions]
    assert (theirs.positions, found) == (mine.positions, [True, True, False])


def test_comparison_of_ones_own_kills_the_others(scene: Scene):
    """A table whose maker has set a comparison of its own is for the maker alone: another process that
    looks up a key that is there dies, also by a hash value of its own.

    Source: rte_hash.h, rte_hash_set_cmp_func: "Function pointer does not work with multi-process, so do
        not use it in multi-process mode"
    Since: 16.04   Strength: measured
    """
    primary, secondary = scene.primary(), scene.secondary()
    one = create(primary)
    one.add(1, 10)
    before = User(secondary).data(1)
    primary.call("hash_set_cmp_func", name=NAME)
    sig = secondary.call("hash_crc", data=key(1)).ret
    mine = one.data(1)
    ending = ends_by(secondary, "hash_lookup_with_hash", name=NAME, key=key(1), sig=sig)
    assert (before, mine, ending) == ([10], [10], "SIGSEGV")


@both_roles
def test_table_with_quiescent_states_is_changed_by_the_other(scene: Scene, role: str):
    """A table that frees what is deleted when its readers are quiescent is changed by the other process,
    too.

    Source: guide, "Hash Library", "Multi-process support": "The only function that can only be used in
        single-process mode is rte_hash_set_cmp_func()"
    Since: 20.11   Strength: documented
    """
    maker, other = pair(scene, role)
    one, two = create(maker, LOCK_FREE), User(other)
    v = maker.call("rcu_qsbr_init", max_threads=1).v
    for number in range(4):
        one.add(number, number)
    by_other = two.delete(0)
    added = maker.call("hash_rcu_qsbr_add", name=NAME, v=v).ret
    by_maker = [one.delete(number) for number in (1, 2)]
    assert (by_other, added, by_maker) == (None, 0, [None, None])
    assert (two.delete(3), one.data(3)) == (None, ["ENOENT"])
