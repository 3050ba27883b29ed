# SPDX-License-Identifier: BSD-3-Clause
"""Proves conformance/ipc_users/locks.py: what spins is told from what returns, and from what sleeps."""

from __future__ import annotations

import pytest

from conformance.eal import locks
from conformance.eal.locks import WAYS, given_up, held, leaves, newcomer, tried
from faults.process import Killed, Stopped
from targets.outcome import Hang, Inconclusive
from targets.scene import Scene
from targets.speed import Speed


def test_with_no_lock_held_nothing_hangs(scene: Scene) -> None:
    primary, other = scene.primary(), scene.secondary()
    assert tried(primary, {"one": ("ring_lookup", {"name": "r"}), "two": ("memseg_walk", {})}) == {}
    assert [newcomer(scene), leaves(other), leaves(primary)] == ["returns"] * 3
    scene.close()


def test_what_spins_is_told_with_its_stack(scene: Scene) -> None:
    primary, victim = scene.primary(), scene.secondary()
    with held("tailqs-for-writing", primary, victim, Killed(victim)):
        assert given_up(primary, {"a look": ("ring_lookup", {"name": "r"})}) == ["a look"]
        primary.kill()
    scene.close()
    assert (
        '"stack": "rte_ring_lookup > rte_mcfg_tailq_read_lock"' in scene.timeline.path.read_text()
    )


def test_new_secondary_that_spins_is_told(scene: Scene) -> None:
    primary, victim = scene.primary(), scene.secondary()
    with held("pages-for-writing", primary, victim, Killed(victim)):
        assert newcomer(scene) == "hangs"
        assert leaves(primary) == "hangs"
    scene.close()


def test_what_sleeps_is_neither(make_scene) -> None:  # type: ignore[no-untyped-def]
    class Hasty(Speed):
        deadline_s = 1.0  # type: ignore[assignment]

    scene = make_scene(speed=Hasty(0.01))
    primary, victim = scene.primary(), scene.secondary()
    request = ("mp_request_sync", {"name": "ping", "timeout": {"sec": 3, "nsec": 0}})
    with pytest.raises(Hang, match="the end of mp_request_sync of primary1, or that it spins"):
        with Stopped(victim):
            tried(primary, {"request": request})
    primary.kill()
    scene.abandon(RuntimeError("a request is under way"))


@pytest.mark.parametrize("lock", list(WAYS))
def test_a_holder_lets_go(scene: Scene, lock: str) -> None:
    primary, holder = scene.primary(), scene.secondary()
    with held(lock, primary, holder, Stopped(holder)) as let_go:
        pass
    let_go()
    assert given_up(primary, {"growth": ("malloc", {"size": locks.SIZE})}) == []
    scene.close()


def test_a_fault_that_does_not_bite_is_told(scene: Scene) -> None:
    primary, holder = scene.primary(), scene.secondary()
    with pytest.raises(Inconclusive):
        with held("timers", primary, holder, Stopped(holder)):
            holder.resume()
            holder.call("nothing")
    scene.close()
