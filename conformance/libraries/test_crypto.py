# SPDX-License-Identifier: BSD-3-Clause
"""rte_cryptodev between processes, on the null driver: a device that one sets up, and others use."""

from __future__ import annotations

from pathlib import Path
from typing import Generator

import pytest

from conformance.libraries.devices import scene_with
from conformance.roles import both_roles
from conformance.verdicts.run import Run
from targets.peer import Peer
from targets.scene import Scene

VDEV = "--vdev=crypto_null0"
OPS, SESSIONS = "ops", "sessions"
SUCCESS = 0  # RTE_CRYPTO_OP_STATUS_SUCCESS


@pytest.fixture
def scene(scene_directory: Path, run: Run) -> Generator[Scene, None, None]:
    """An empty scene, whose processes load the null crypto driver, too."""
    yield scene_with(run, scene_directory, "crypto_null")


def _pools(peer: Peer) -> None:
    """The pools of operations and of sessions, which any process finds."""
    peer.call("crypto_op_pool_create", name=OPS, nb_elts=32)
    peer.call("cryptodev_sym_session_pool_create", dev_id=0, name=SESSIONS, nb_elts=8)


def _set_up(peer: Peer) -> list[str | None]:
    """Sets the device up with two queue pairs and starts it; the errno of each step."""
    told = [peer.call("cryptodev_configure", dev_id=0, nb_queue_pairs=2)]
    for queue in (0, 1):
        keys = {"dev_id": 0, "qp_id": queue, "nb_descriptors": 32}
        told.append(peer.call("cryptodev_queue_pair_setup", **keys))
    told.append(peer.call("cryptodev_start", dev_id=0))
    return [each.errno for each in told]


def _session(peer: Peer) -> str:
    made = peer.call("cryptodev_sym_session_create", dev_id=0, pool=SESSIONS)
    assert made.session is not None, f"no session: {made.rte_errno}"
    session: str = made.session
    return session


def _passed(peer: Peer, session: str, queue: int) -> tuple[str | None, list[int]]:
    """(rte_errno, statuses) of three operations that this process passes through a queue pair."""
    put = peer.call(
        "cryptodev_enqueue_burst", dev_id=0, qp_id=queue, pool=OPS, session=session, n=3
    )
    got = peer.call("cryptodev_dequeue_burst", dev_id=0, qp_id=queue, n=8)
    return put.rte_errno, got.statuses


DONE = (None, [SUCCESS] * 3)


def test_device_is_seen_by_the_other(scene: Scene):
    """A secondary has the crypto device of its primary, under the same id, and sees it work: its counters
    are those of the primary.

    Source: rte_cryptodev.h, rte_cryptodev_get_dev_id: "Get the device identifier for the named crypto
        device"; of processes, nothing
    Since: 22.11   Strength: observed
    """
    primary, secondary = scene.primary(VDEV), scene.secondary()
    _set_up(primary)
    _pools(primary)
    _passed(primary, _session(primary), 0)
    ids = [peer.call("cryptodev_get_dev_id", name="crypto_null0").ret for peer in scene.peers]
    stats = [peer.call("cryptodev_stats_get", dev_id=0) for peer in scene.peers]
    counts = [(one.enqueued_count, one.dequeued_count) for one in stats]
    assert (ids, secondary.call("cryptodev_count").ret, counts) == ([0, 0], 1, [(3, 3)] * 2)


@pytest.mark.parametrize("before", ["set up", "not yet set up"])
def test_secondary_passes_operations(scene: Scene, before: str):
    """A secondary passes operations through a queue pair of the device that its primary has set up,
    before the secondary has started, or later; so does the primary through another one.

    Source: cryptodev_pmd.c, rte_cryptodev_pmd_probing_finish: "for secondary process, at that point we
        expect device to be already 'usable'"; no header says so
    Since: 22.11   Strength: observed
    """
    primary = scene.primary(VDEV)
    if before == "not yet set up":
        secondary = scene.secondary()
    steps = _set_up(primary)
    if before == "set up":
        secondary = scene.secondary()
    _pools(primary)
    session = _session(primary)
    assert (steps, _passed(primary, session, 0)) == ([None] * 4, DONE)
    assert _passed(secondary, session, 1) == DONE


@both_roles
def test_device_works_where_it_was_started(scene: Scene, role: str):
    """A process that sets the device up and starts it passes operations through it; the primary is
    refused with ENOTSUP where that was a secondary, also after a start of its own, which returns 0.

    Source: rte_cryptodev.h, rte_cryptodev_start: "sets the offload features of the device"; of
        processes, nothing
    Since: 22.11   Strength: measured
    """
    primary, secondary = scene.primary(VDEV), scene.secondary()
    _pools(primary)
    starter = primary if role == "primary" else secondary
    steps = _set_up(starter)
    session = _session(starter)
    started = primary.call("cryptodev_start", dev_id=0).errno
    passed = (_passed(starter, session, 0), _passed(primary, session, 1))
    expected = DONE if role == "primary" else ("ENOTSUP", [])
    assert (steps, started, passed) == ([None] * 4, None, (DONE, expected))


def test_session_of_one_is_used_by_the_other(scene: Scene):
    """A session that a secondary makes is used by the primary, and freed by the primary; one that the
    primary makes is freed by the secondary.

    Source: rte_cryptodev.h, rte_cryptodev_sym_session_create: "Create symmetric crypto session and fills
        out private data for the device id"; of processes, nothing
    Since: 22.11   Strength: observed
    """
    primary, secondary = scene.primary(VDEV), scene.secondary()
    _set_up(primary)
    _pools(primary)
    theirs, mine = _session(secondary), _session(primary)
    passed = _passed(primary, theirs, 0)
    freed = [
        peer.call("cryptodev_sym_session_free", dev_id=0, session=session).errno
        for peer, session in ((primary, theirs), (secondary, mine))
    ]
    left = primary.call("mempool_avail_count", name=SESSIONS).ret
    assert (passed, freed, left) == (DONE, [None, None], 8)
