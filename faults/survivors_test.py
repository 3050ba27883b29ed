# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the survivor's checklist finds each thing that can be wrong, and else nothing."""

from __future__ import annotations

import fcntl
import os
import signal
from pathlib import Path

from faults.process import Stopped
from faults.survivors import NAME, Survivors
from targets.scene import Scene


def _list(scene: Scene, **more: object) -> Survivors:
    return Survivors(scene, scene.primary(), **more)  # type: ignore[arg-type]


def test_all_is_well(scene: Scene) -> None:
    survivors = _list(scene)
    assert survivors.findings() == {}
    scene.secondary().stop()
    assert survivors.findings() == {}


def test_dead_primary(scene: Scene) -> None:
    survivors = _list(scene)
    survivors.primary.kill()
    assert survivors.findings() == {"primary": "died: SIGKILL"}


def test_primary_that_dies_of_it(scene: Scene) -> None:
    survivors = _list(scene)
    survivors.primary.may_end(signal=signal.SIGABRT)
    survivors.primary.send_signal(signal.SIGABRT)
    assert survivors.findings() == {"primary": "died: SIGABRT"}


def test_stopped_survivor(scene: Scene) -> None:
    survivors = _list(scene)
    other = scene.secondary()
    with Stopped(other):
        found = survivors.findings(newcomer=False)
    assert found["request of the primary"].startswith("returns -1 (ETIMEDOUT), ")


def test_silent_ipc_thread(scene: Scene) -> None:
    survivors = _list(scene)
    primary = survivors.primary
    primary.call("mp_action_unregister", name=NAME)
    primary.call("mp_action_register", name=NAME, manner="hold")
    found = survivors.findings(newcomer=False)
    assert found["request to the primary"] == "unanswered"
    primary.call("release_action", name=NAME)


def test_memory_descriptors_and_files_that_stay(scene: Scene) -> None:
    survivors = _list(scene)
    primary = survivors.primary
    primary.call("open", path=os.devnull)
    primary.call("malloc", size=8 << 20)
    scene.isolation.inside(Path(f"{scene.runtime}/forgotten").touch)
    found = survivors.findings(newcomer=False)
    pages = found.pop("hugepages")
    assert found == {"descriptors": "1 /dev/null", "files": "1 forgotten"}
    assert int(pages) > 0


def test_directory_whose_lock_is_held(scene: Scene) -> None:
    survivors = _list(scene)
    handle = scene.isolation.inside(os.open, scene.runtime, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    found = survivors.findings(newcomer=False)
    os.close(handle)
    assert found == {
        "request of the primary": "hang",
        "descriptors": "1 /run/dpdk/rte",
        "lock of the directory": "held",
    }


def test_deployment_that_takes_nobody(scene: Scene) -> None:
    survivors = _list(scene)
    scene.isolation.inside(os.unlink, f"{scene.runtime}/config")
    found = survivors.findings()
    assert found["new secondary"] == "refused: no rte_errno"
    assert found["files gone"] == "1 config"


def test_ring_and_pool_that_lost_something(scene: Scene) -> None:
    survivors = _list(scene, rings={"r": 3, "none": 0}, pools={"p": 7})
    primary = survivors.primary
    ring = primary.call("ring_create", name="r", count=8).ring
    primary.call("ring_enqueue_bulk", ring=ring, objs=[1, 2])
    primary.call("mempool_create", name="p", n=7, elt_size=64)
    assert survivors.findings(newcomer=False) == {
        "ring r": "2 held, 5 free, 3 expected",
        "ring none": "not there",
    }
