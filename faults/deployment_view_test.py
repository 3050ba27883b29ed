# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a ghost and a relay work in a deployment that only a DeploymentView describes."""

from __future__ import annotations

import pytest

from conftest import PEER, MakeScene
from faults.fault import Fault
from faults.ghost import Ghost
from faults.relay import Relay, Rule
from faults.deployment_view import DeploymentView, SceneView, of
from targets.dpdk import Dpdk
from targets.outcome import Unavailable
from targets.protocol import Facts
from targets.scene import Scene
from traffic.datagram import MpType


class Elsewhere(SceneView):
    """No scene, for all that a fault can see."""


class WithoutWalls(Elsewhere):
    """A deployment whose mounts nobody may enter."""

    no_relay = "its mounts are not ours"


def test_a_scene_is_described(scene: Scene) -> None:
    described = of(scene)
    assert (described.runtime, described.timeline) == (scene.runtime, scene.timeline)
    scene.primary()
    assert described.layout.name.size == scene.peers[0].greeting.max_name_len
    scene.close()


def test_layout_is_that_of_the_scenes_own_dpdk(make_scene: MakeScene) -> None:
    other = Dpdk(PEER, libraries="")
    with make_scene(beside=(other,)) as scene:
        stranger = scene.start("primary", hold=True, dpdk=other)
        stranger.greeting = Facts({})
        own = scene.start("primary", hold=True)
        assert of(scene).layout.name.size == own.greeting.max_name_len


def test_a_description_is_taken_as_it_is(scene: Scene) -> None:
    elsewhere = Elsewhere(scene)
    assert of(elsewhere) is elsewhere
    scene.close()


def test_ghost_and_relay_need_no_scene(scene: Scene) -> None:
    elsewhere: DeploymentView = Elsewhere(scene)
    primary = scene.primary()
    primary.call("mp_action_register", name="ping", manner="reply")
    with Relay(elsewhere, scene.socket_of(primary), Rule("pass", "ping")):
        with Ghost(elsewhere) as ghost:
            ghost.send(MpType.MP_REQ, "ping")
            assert ghost.expect("ping", MpType.MP_REP)
    scene.close()


def test_relay_that_cannot_be_there_says_why(scene: Scene) -> None:
    scene.primary()
    with pytest.raises(Unavailable, match="its mounts are not ours"):
        with Relay(WithoutWalls(scene), f"{scene.runtime}/mp_socket"):
            pass
    scene.close()


def test_fault_elsewhere_has_no_scene(scene: Scene) -> None:
    with pytest.raises(AttributeError):
        Fault(Elsewhere(scene)).scene  # noqa: B018
    scene.close()
