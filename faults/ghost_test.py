# SPDX-License-Identifier: BSD-3-Clause
"""Proves that ghosts are taken for peers, carry descriptors, lie as told, and vanish."""

from __future__ import annotations

import os

import pytest

from faults.ghost import Ghost
from targets.outcome import Hang, Inconclusive
from targets.scene import Scene
from targets.speed import Speed
from traffic.datagram import MpType


def test_ghost_is_a_secondary(scene: Scene) -> None:
    primary = scene.primary()
    with Ghost(scene) as ghost:
        request = primary.tell("mp_request_sync", name="ping", param=b"q", timeout="ample")
        asked = ghost.expect("ping", MpType.MP_REQ)
        ghost.reply(asked, b"a")
        answer = request.answer()
    assert (asked.param, answer.nb_received, answer.msgs[0].param) == (b"q", 1, b"a".hex())
    assert scene.sockets() == []
    scene.close()


def test_ghost_that_nobody_speaks_to_is_inconclusive(scene: Scene) -> None:
    scene.primary()
    with pytest.raises(Inconclusive, match="ghost did not bite"):
        with Ghost(scene):
            pass
    with Ghost(scene, idle=True):
        pass
    scene.close()


def test_ghost_passes_descriptors(scene: Scene) -> None:
    primary = scene.primary()
    primary.call("mp_action_register", name="ping")
    path = scene.directory / "file"
    path.write_bytes(b"contents")
    ours = os.open(path, os.O_RDONLY)
    with Ghost(scene) as ghost:
        ghost.send(MpType.MP_MSG, "ping", fds=[ours])
        fd = primary.expect("action").msg.fds[0].fd
    os.close(ours)
    assert bytes.fromhex(primary.call("pread", fd=fd, count=64).data) == b"contents"
    scene.close()


def test_ghost_may_have_another_address(scene: Scene) -> None:
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping")
    with Ghost(scene, address=scene.socket_of(primary), unseen=True) as forger:
        forger.send(MpType.MP_MSG, "ping", to=scene.socket_of(secondary))
        assert secondary.expect("action").peer == scene.socket_of(primary)
    assert os.path.basename(scene.socket_of(primary)) in scene.isolation.inside(
        os.listdir, scene.runtime
    )
    scene.close()


def test_wrong_datagram_is_told(scene: Scene) -> None:
    primary = scene.primary()
    with Ghost(scene) as ghost:
        primary.call("mp_sendmsg", name="other")
        with pytest.raises(AssertionError, match="ghost got other"):
            ghost.expect("ping")
    scene.close()


def test_silence_is_a_hang(make_scene) -> None:  # type: ignore[no-untyped-def]
    class Hasty(Speed):
        deadline_s = 3.0

    scene = make_scene(speed=Hasty(0.01))
    scene.primary()
    with Ghost(scene, idle=True) as ghost:
        with pytest.raises(Hang, match="datagram ping at ghost"):
            ghost.expect("ping")
    scene.close()


def test_abstract_address_is_the_scenes_own(make_scene) -> None:  # type: ignore[no-untyped-def]
    one, two = make_scene(), make_scene()
    for scene in (one, two):
        scene.primary()
    with Ghost(one, abstract=True, idle=True), Ghost(two, abstract=True, idle=True):
        with pytest.raises(OSError, match="in use"):
            Ghost(one, abstract=True).inject()
    for scene in (one, two):
        scene.close()
