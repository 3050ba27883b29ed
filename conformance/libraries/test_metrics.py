# SPDX-License-Identifier: BSD-3-Clause
"""rte_metrics between processes: the primary makes the store, and all put values there and read them."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.roles import both_roles, pair, subject
from faults.process import Killed
from targets.peer import Peer
from targets.scene import Scene

GLOBAL = -1
PORT = 5  # There need not be such a port.

CALLS: dict[str, dict[str, Any]] = {
    "metrics_reg_names": {"names": ["a"]},
    "metrics_get_names": {},
    "metrics_update_values": {"port_id": GLOBAL, "key": 0, "values": [1]},
    "metrics_get_values": {"port_id": GLOBAL},
}


def _register(peer: Peer, *names: str) -> int:
    """The key of the first of these names."""
    key: int = peer.call("metrics_reg_names", names=list(names)).ret
    return key


def _update(peer: Peer, port: int, key: int, *values: int) -> str | None:
    told = peer.call("metrics_update_values", port_id=port, key=key, values=list(values))
    errno: str | None = told.errno
    return errno


def _seen(peer: Peer, port: int) -> dict[str, int]:
    """What this process finds of a port: names and values."""
    names = peer.call("metrics_get_names")["names"]
    return dict(zip(names, peer.call("metrics_get_values", port_id=port)["values"]))


def _errnos(peer: Peer) -> list[str | None]:
    return [peer.call(verb, **keys).errno for verb, keys in CALLS.items()]


def test_secondary_makes_no_store(scene: Scene):
    """A secondary that makes the store is refused with E_RTE_SECONDARY, also where there is one.

    Source: rte_metrics.h, rte_metrics_init: "-E_RTE_SECONDARY - function called from secondary process"
    Since: 22.11   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    before = secondary.call("metrics_init").errno
    made = primary.call("metrics_init").errno
    assert (before, made) == ("E_RTE_SECONDARY", None)
    assert secondary.call("metrics_init").errno == "E_RTE_SECONDARY"


@both_roles
def test_without_a_store_nothing_works(scene: Scene, role: str):
    """Before the primary has made the store, and after the primary has removed it, each call fails with
    EIO.

    Source: rte_metrics.h: "-EIO: Error, unable to access metrics shared memory (rte_metrics_init() not
        called)"
    Since: 20.11   Strength: must
    """
    peer = subject(scene, role)
    primary = scene.peers[0]
    before = _errnos(peer)
    primary.call("metrics_init")
    between = _errnos(peer)
    primary.call("metrics_deinit")
    assert (before, between, _errnos(peer)) == (["EIO"] * 4, [None] * 4, ["EIO"] * 4)


@both_roles
def test_metrics_of_one_are_seen_by_the_other(scene: Scene, role: str):
    """What one process registers and gives values the other one finds, for all and for a port, under the
    same keys; the other one registers and changes values, too.

    Source: guide, "Metrics Library": "must be called from a primary process, but otherwise producers and
        consumers can be in either primary or secondary processes"
    Since: 17.05   Strength: documented
    """
    one, other = pair(scene, role)
    scene.peers[0].call("metrics_init")
    keys = [_register(one, "a", "b"), _register(other, "c")]
    for port, value in ((GLOBAL, 10), (PORT, 20)):
        _update(one, port, keys[0], value, value + 1)
        _update(other, port, keys[1], value + 2)
    _update(other, GLOBAL, keys[0], 7)
    seen = [(_seen(peer, GLOBAL), _seen(peer, PORT)) for peer in (one, other)]
    assert keys == [0, 2]
    assert seen == [({"a": 7, "b": 11, "c": 12}, {"a": 20, "b": 21, "c": 22})] * 2


@both_roles
def test_set_of_the_other_has_its_border(scene: Scene, role: str):
    """An update beyond the end of a set that the other process has registered is refused with ERANGE, and
    changes nothing.

    Source: rte_metrics.h, rte_metrics_update_values: "-ERANGE if count exceeds metric set size"
    Since: 17.05   Strength: must
    """
    one, other = pair(scene, role)
    scene.peers[0].call("metrics_init")
    key = _register(one, "a", "b")
    _register(one, "c")
    refused = _update(other, GLOBAL, key, 1, 2, 3)
    seen = _seen(one, GLOBAL)
    assert (refused, seen) == ("ERANGE", {"a": 0, "b": 0, "c": 0})
    assert (_update(other, GLOBAL, key, 1, 2), _seen(one, GLOBAL)["b"]) == (None, 2)


def test_secondary_removes_no_store(scene: Scene):
    """A secondary that removes the store is refused with EINVAL, and the store stays.

    Source: rte_metrics.h, rte_metrics_deinit: "This function must be called from a primary process";
        "-EINVAL - invalid parameter"
    Since: 19.08   Strength: must
    """
    primary, secondary = scene.primary(), scene.secondary()
    primary.call("metrics_init")
    _register(primary, "a")
    refused = secondary.call("metrics_deinit").errno
    assert (refused, _seen(primary, GLOBAL)) == ("EINVAL", {"a": 0})


@pytest.mark.parametrize("dead", ["primary", "secondary"])
def test_store_outlives_a_user(scene: Scene, dead: str):
    """The store stays when a process is killed between two calls, the primary that has made it or a
    secondary that has used it: another process finds the values, and changes them.

    Source: guide, "Metrics Library": "the central metric data, which is held in shared memory"; of death,
        nothing
    Since: 17.05   Strength: measured
    """
    primary, secondary, other = scene.primary(), scene.secondary(), scene.secondary()
    primary.call("metrics_init")
    victim = primary if dead == "primary" else secondary
    key = _register(victim, "a", "b")
    _update(victim, GLOBAL, key, 1, 2)
    with Killed(victim):
        changed = (_update(other, GLOBAL, key, 3), _register(other, "c"))
        seen = _seen(other, GLOBAL)
    assert (changed, seen) == ((None, 2), {"a": 3, "b": 2, "c": 0})
