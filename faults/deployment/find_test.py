# SPDX-License-Identifier: BSD-3-Clause
"""A deployment is found with all who are in it, and what cannot be found is explained."""

from __future__ import annotations

import os

import pytest

from faults.deployment.find import NotThere, find
from faults.deployment.entered import Pidfd, Entered
from faults.deployment_view import SceneView
from targets.scene import Scene


def test_everybody_is_found_by_one_pid(scene: Scene) -> None:
    primary, secondary = scene.primary(), scene.secondary()
    found = find(None, secondary.pid)
    assert (found.prefix, found.runtime) == ("rte", scene.runtime)
    assert found.primary is not None and found.primary.pid == primary.pid
    assert [one.pid for one in found.secondaries] == [secondary.pid]
    assert found.secondaries[0].address == scene.socket_of(secondary)
    abi = found.primary.abi
    assert abi is not None and abi.series == "22.11" or primary.greeting.version[0] != 22
    scene.close()


def test_who_has_died_is_not_there_any_more(scene: Scene) -> None:
    primary, secondary = scene.primary(), scene.secondary()
    before = find(None, primary.pid)
    secondary.kill()
    assert before.now().secondaries == []
    held = before.secondaries[0]
    with pytest.raises(NotThere, match="has ended meanwhile|cannot be held"):
        Pidfd(held)
    scene.close()


def test_a_secondary_without_its_primary_is_found(scene: Scene) -> None:
    primary, secondary = scene.primary(), scene.secondary()
    primary.kill()
    found = find(None, secondary.pid)
    assert (found.primary, len(found.secondaries)) == (None, 1)
    scene.close()


def test_what_is_not_there_is_explained() -> None:
    with pytest.raises(NotThere, match="no deployment has the file-prefix nobody_has_this"):
        find("nobody_has_this")
    with pytest.raises(NotThere, match="shares no DPDK configuration"):
        find(None, os.getpid())
    with pytest.raises(NotThere, match="there is no such process"):
        find(None, 2**22 - 1)


def test_a_place_sees_what_its_processes_see(scene: Scene) -> None:
    primary = scene.primary()
    with Entered(find(None, primary.pid), SceneView(scene).layout) as entered:
        assert entered.inside(os.path.exists, f"{entered.runtime}/mp_socket")
        assert entered.bind_unseen(lambda: os.listdir(entered.runtime)) == []
        assert entered.inside(os.path.exists, f"{entered.runtime}/mp_socket")
        assert not entered.ended
        primary.kill()
        scene.wait_until(lambda: entered.ended, "the place to know it")
        entered.may_end()
        entered.raise_undeclared()
    scene.close()
