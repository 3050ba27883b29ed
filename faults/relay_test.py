# SPDX-License-Identifier: BSD-3-Clause
"""Proves what a relay does with each datagram, that neither side can tell, and that it undoes itself."""

from __future__ import annotations

import os

import pytest

from faults.relay import Relay, Rule
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType


@pytest.fixture
def cast(scene: Scene) -> tuple[Scene, Peer, Peer]:
    """A scene, its primary, and a secondary that answers "ping"."""
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    return scene, primary, secondary


Cast = tuple


def _ask(primary: Peer, timeout: str = "ample"):  # type: ignore[no-untyped-def]
    return primary.call("mp_request_sync", name="ping", param=b"x", timeout=timeout)


def test_neither_side_can_tell(cast: Cast) -> None:
    scene, primary, secondary = cast
    path = scene.socket_of(secondary)
    inode = scene.isolation.inside(os.stat, path).st_ino
    with Relay(scene, path):
        assert scene.isolation.inside(os.stat, path).st_ino != inode
        assert _ask(primary).msgs[0].param == b"x".hex()
        assert secondary.expect("action").peer == f"{scene.runtime}/mp_socket"
    assert scene.isolation.inside(os.stat, path).st_ino == inode
    assert sorted(scene.isolation.inside(os.listdir, scene.runtime)).count("aside_" + path) == 0
    assert _ask(primary).nb_received == 1
    scene.close()


def test_dropped_is_gone_and_most_is_kept(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), Rule("drop", "ping", most=1)):
        assert _ask(primary, "brief").rte_errno == "ETIMEDOUT"
        assert _ask(primary).nb_received == 1
    assert len(secondary.events("action")) == 1
    scene.close()


def test_held_is_passed_on_release(cast: Cast) -> None:
    scene, primary, secondary = cast
    rule = Rule("hold", "ping")
    with Relay(scene, scene.socket_of(secondary), rule) as relay:
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        relay.wait_bites(rule)
        assert secondary.events("action") == []
        relay.release()
        assert request.answer().nb_received == 1
    scene.close()


def test_what_is_queued_at_the_end_is_delivered(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), Rule("pass", "ping")):
        for _ in range(20):
            primary.call("mp_sendmsg", name="ping")
    for _ in range(20):
        secondary.expect("action")
    scene.close()


def test_doubled_arrives_twice(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), Rule("double", "ping")):
        _ask(primary)
        for _ in range(2):
            secondary.expect("action")
    scene.close()


def test_ignored_is_answered_for_the_peer(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), Rule("ignore", type=MpType.MP_REQ)):
        answer = _ask(primary)
    assert (answer.ret, answer.nb_sent, secondary.events("action")) == (0, 0, [])
    scene.close()


def test_delayed_comes_later(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), Rule("delay", "ping", delay_s=0.1)):
        assert _ask(primary).took_ns >= 100_000_000
    scene.close()


def test_rule_that_never_applied_is_inconclusive(cast: Cast) -> None:
    scene, primary, secondary = cast
    with pytest.raises(Inconclusive, match="drop pong"):
        with Relay(scene, scene.socket_of(secondary), Rule("drop", "pong")):
            _ask(primary)
    scene.close()


def test_relay_without_traffic_is_inconclusive(cast: Cast) -> None:
    scene, _, secondary = cast
    with pytest.raises(Inconclusive, match="pass all"):
        with Relay(scene, scene.socket_of(secondary)):
            pass
    scene.close()


def test_peer_may_die_behind_it(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), Rule("pass", "ping")):
        secondary.kill()
        assert _ask(primary, "brief").rte_errno == "ETIMEDOUT"
    assert _ask(primary).nb_sent == 0
    scene.close()


def test_peer_may_leave_behind_it(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), Rule("pass", "ping")):
        _ask(primary)
        secondary.stop()
    assert scene.sockets() == []
    scene.close()


def test_socket_that_is_not_there_is_told(scene: Scene) -> None:
    scene.primary()
    with pytest.raises(FileNotFoundError):
        with Relay(scene, f"{scene.runtime}/mp_socket_nobody"):
            pass
    scene.close()


@pytest.mark.parametrize(
    "wrong", [{"action": "eat"}, {"action": "delay"}, {"action": "drop", "delay_s": 1.0}]
)
def test_impossible_rule_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):
        Rule(**wrong)
