# SPDX-License-Identifier: BSD-3-Clause
"""Dynamic fields and flags of mbufs between processes: the primary registers, the others find them."""

from __future__ import annotations

from typing import Any

import pytest

from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

FIELD: dict[str, Any] = {"name": "field", "size": 4, "align": 4}
FLAG: dict[str, Any] = {"name": "flag"}
KINDS = {"field": ("mbuf_dynfield", FIELD), "flag": ("mbuf_dynflag", FLAG)}

every_kind = pytest.mark.parametrize("kind", list(KINDS))
# A secondary that asks before the primary has registered anything at all, and one that asks later.
either_way = pytest.mark.parametrize("before", ["nothing", "another"])


def _register(peer: Peer, kind: str, **other: Any) -> tuple[int, str | None]:
    """(offset or bit, errno) of a field or flag that a process registers."""
    verb, keys = KINDS[kind]
    told = peer.call(f"{verb}_register", **{**keys, **other})
    return told.ret, told.rte_errno if told.ret < 0 else None


def _lookup(peer: Peer, kind: str) -> tuple[int, str | None]:
    verb, keys = KINDS[kind]
    told = peer.call(f"{verb}_lookup", name=keys["name"])
    return told.ret, told.rte_errno if told.ret < 0 else None


@every_kind
def test_what_the_primary_registers_is_found(scene: Scene, kind: str):
    """A field or flag that the primary registers has the same place in a secondary: by look-up, and by
    registering it, too.

    Source: rte_mbuf_dyn.h: "If the field is already registered (same name and parameters), its offset is
        returned"; rte_mbuf_dynflag_register: "its bitnum is returned"
    Since: 19.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    place, errno = _register(primary, kind)
    theirs = [_lookup(secondary, kind), _register(secondary, kind)]
    assert (place >= 0, errno, theirs) == (True, None, [(place, None)] * 2)


@either_way
@every_kind
def test_secondary_registers_nothing_new(scene: Scene, kind: str, before: str):
    """A secondary that registers a field or flag that the primary does not have is refused with EPERM.

    Source: rte_mbuf_dyn.h, rte_mbuf_dynfield_register, rte_mbuf_dynflag_register: "EPERM: called from a
        secondary process"
    Since: 19.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    if before == "another":
        _register(primary, kind, name="another")
    assert _register(secondary, kind) == (-1, "EPERM")


@either_way
@every_kind
def test_unknown_name_is_not_found(scene: Scene, kind: str, before: str):
    """A secondary that looks up a field or flag that nobody has registered gets ENOENT.

    Source: rte_mbuf_dyn.h, rte_mbuf_dynfield_lookup: "ENOENT: no dynamic field matches this name";
        rte_mbuf_dynflag_lookup: "ENOENT: no dynamic flag matches this name"
    Since: 19.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    if before == "another":
        _register(primary, kind, name="another")
    assert _lookup(secondary, kind) == (-1, "ENOENT")


def test_other_parameters_are_refused(scene: Scene):
    """A field of the same name with other parameters is refused with EEXIST, in the primary as in a
    secondary, and the first one stays.

    Source: rte_mbuf_dyn.h, rte_mbuf_dynfield_register: "EEXIST: this name is already register with
        different parameters"
    Since: 19.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    place, _errno = _register(primary, "field")
    refused = [_register(peer, "field", size=2, align=2) for peer in (primary, secondary)]
    assert (refused, _lookup(secondary, "field")) == ([(-1, "EEXIST")] * 2, (place, None))


def _fill(peer: Peer, kind: str) -> tuple[list[int], str | None]:
    """The places of fields of one byte, or of flags, that fit, and the errno of the one that does not."""
    places: list[int] = []
    small = {"size": 1, "align": 1} if kind == "field" else {}
    while True:
        place, errno = _register(peer, kind, name=f"{kind}{len(places)}", **small)
        if place < 0:
            return places, errno
        places.append(place)


@every_kind
def test_room_is_shared_by_all(scene: Scene, kind: str):
    """Each field and flag has a place of its own, until there is no room, which is ENOENT; a secondary
    finds the last one where the primary has put it.

    Source: rte_mbuf_dyn.h, rte_mbuf_dynfield_register: "ENOENT: not enough room in mbuf";
        rte_mbuf_dynflag_register: "ENOENT: no more flag available"
    Since: 19.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    places, errno = _fill(primary, kind)
    verb, _keys = KINDS[kind]
    last = secondary.call(f"{verb}_lookup", name=f"{kind}{len(places) - 1}").ret
    assert (errno, len(set(places)), last) == ("ENOENT", len(places), places[-1])


@pytest.mark.parametrize("kind, where", [("field", "offset"), ("flag", "bitnum")])
def test_place_that_is_taken_is_refused(scene: Scene, kind: str, where: str):
    """A place that another field or flag has is refused with EBUSY; a secondary finds the first there.

    Source: rte_mbuf_dyn.h, rte_mbuf_dynfield_register_offset: "EBUSY: the requested offset cannot be
        used"; rte_mbuf_dynflag_register_bitnum: "EBUSY: the requested bitnum cannot be used"
    Since: 19.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    place, _errno = _register(primary, kind)
    verb, keys = KINDS[kind]
    other: dict[str, Any] = {**keys, "name": "second", where: place}
    second = primary.call(f"{verb}_register_{where}", **other)
    assert (second.ret, second.rte_errno) == (-1, "EBUSY")
    assert _lookup(secondary, kind) == (place, None)


@every_kind
def test_places_outlive_the_primary(scene: Scene, kind: str):
    """A secondary finds the fields and flags of a primary that was killed where they were.

    Source: rte_mbuf_dyn.h: "it is not possible to unregister fields or flags for now"; of death, nothing
    Since: 19.11   Strength: measured
    """
    primary, secondary = scene.primary(), scene.secondary()
    place, _errno = _register(primary, kind)
    with Killed(primary):
        found = [_lookup(secondary, kind), _register(secondary, kind)]
    assert found == [(place, None)] * 2
