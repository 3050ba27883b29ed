# SPDX-License-Identifier: BSD-3-Clause
"""rte_acl, rte_fib, rte_lpm, rte_member and rte_rib between processes: made here, used there, by both."""

from __future__ import annotations

import pytest

from conformance.roles import both_roles, ends_by, pair
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

NAME = "t"
LIBRARIES = ["acl", "fib", "lpm", "member", "rib"]
# rte_fib calls its functions by addresses that are in the object.
SHARED = [library for library in LIBRARIES if library != "fib"]

every_library = pytest.mark.parametrize("library", LIBRARIES)
every_shared = pytest.mark.parametrize("library", SHARED)


def _create(peer: Peer, library: str) -> str:
    made = peer.call("library_create", library=library, name=NAME)
    assert made.object is not None, f"no object of rte_{library}: {made.rte_errno}"
    address: str = made.object
    return address


def _add(peer: Peer, library: str, number: int) -> str | None:
    errno: str | None = peer.call("library_add", library=library, name=NAME, number=number).errno
    return errno


def _values(peer: Peer, library: str, *numbers: int) -> list[int | str]:
    """What this process finds for these numbers: n + 1 for n; of one that is not there, the errno."""
    found = [
        peer.call("library_lookup", library=library, name=NAME, number=number) for number in numbers
    ]
    return [one.errno or one.ret for one in found]


@every_library
@both_roles
def test_object_is_found_by_the_other(scene: Scene, role: str, library: str):
    """An object that one process makes is found by the other under its name, at the same address, until
    its maker frees it.

    Source: rte_acl.h, rte_fib.h, rte_lpm.h, rte_member.h and rte_rib.h, ..._find_existing: "Find an
        existing"; "ENOENT"
    Since: 20.11   Strength: must
    """
    maker, other = pair(scene, role)
    address = _create(maker, library)
    found = other.call("library_find_existing", library=library, name=NAME).object
    maker.call("library_free", library=library, name=NAME)
    gone = other.call("library_find_existing", library=library, name=NAME)
    assert (found, gone.object, gone.rte_errno) == (address, None, "ENOENT")


@every_library
@both_roles
def test_object_is_freed_by_the_other(scene: Scene, role: str, library: str):
    """An object that another process has made is freed: its maker does not find it any more.

    Source: rte_fib.h, rte_fib_free: "Free an FIB object"; rte_rib.h, rte_rib_free: "Free an RIB object";
        rte_acl.h, rte_lpm.h and rte_member.h alike
    Since: 20.11   Strength: must
    """
    maker, other = pair(scene, role)
    _create(maker, library)
    there = other.call("library_find_existing", library=library, name=NAME).object is not None
    other.call("library_free", library=library, name=NAME)
    gone = maker.call("library_find_existing", library=library, name=NAME).rte_errno
    assert (there, gone) == (True, "ENOENT")


@every_shared
@both_roles
def test_object_is_used_by_both(scene: Scene, role: str, library: str):
    """What one process adds to a table the other one finds there; the other adds to it, too.

    Source: rte_tailq.h: "to make it easy for a multi-process app to find already-created elements in
        shared memory"; that they may be used there, no header says
    Since: 20.11   Strength: observed
    """
    maker, other = pair(scene, role)
    _create(maker, library)
    added = [_add(maker, library, 1), _add(other, library, 2)]
    seen = [_values(peer, library, 1, 2, 3) for peer in (maker, other)]
    assert (added, seen) == ([None, None], [[2, 3, "ENOENT"]] * 2)


@every_shared
def test_object_outlives_its_maker(scene: Scene, library: str):
    """A table whose maker was killed between two calls is used by a successor, which adds to it.

    Source: guide, "Multi-process Support"; of death, nothing
    Since: 20.11   Strength: measured
    """
    scene.primary()
    maker = scene.secondary()
    _create(maker, library)
    _add(maker, library, 1)
    with Killed(maker):
        successor = scene.secondary()
        added = _add(successor, library, 2)
        found = _values(successor, library, 1, 2)
    assert (added, found) == (None, [2, 3])


@pytest.mark.parametrize("verb", ["library_add", "library_lookup"])
@both_roles
def test_fib_is_its_makers_alone(scene: Scene, role: str, verb: str):
    """A process that adds to the FIB of another one, or looks up there, dies, while its maker does both;
    of the RIB that is in the FIB both may read.

    Source: guide, "Multi-process Limitations": "The use of function pointers between multiple processes
        running based of different compiled binaries is not supported"
    Since: 20.11   Strength: measured
    """
    maker, other = pair(scene, role)
    _create(maker, "fib")
    added = _add(maker, "fib", 1)
    read = (_values(maker, "fib", 1), _values(other, "rib", 1))
    ending = ends_by(other, verb, library="fib", name=NAME, number=1)
    assert (added, read, ending) == (None, ([2], [2]), "SIGSEGV")
