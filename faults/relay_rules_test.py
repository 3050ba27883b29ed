# SPDX-License-Identifier: BSD-3-Clause
"""Proves what a relay does with each datagram, as the rules say."""

from __future__ import annotations

import os

import pytest

from faults.asking import ask, asking, params
from faults.relay import Relay, Rule
from targets.outcome import Inconclusive
from targets.scene import Scene
from traffic.datagram import MpType


def test_dropped_is_gone_and_most_is_kept(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), Rule("drop", "ping", most=1)):
        assert ask(primary, "brief").rte_errno == "ETIMEDOUT"
        assert ask(primary).nb_received == 1
    assert len(secondary.events("action")) == 1
    scene.close()


def test_held_is_passed_on_release(scene: Scene) -> None:
    primary, secondary = asking(scene)
    rule = Rule("hold", "ping")
    with Relay(scene, scene.socket_of(secondary), rule) as relay:
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        relay.wait_bites(rule)
        assert secondary.events("action") == []
        relay.release()
        assert request.answer().nb_received == 1
    scene.close()


def test_doubled_arrives_twice(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), Rule("double", "ping")):
        ask(primary)
        for _ in range(2):
            secondary.expect("action")
    scene.close()


def test_ignored_is_answered_for_the_peer(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), Rule("ignore", type=MpType.MP_REQ)):
        answer = ask(primary)
    assert (answer.ret, answer.nb_sent, secondary.events("action")) == (0, 0, [])
    scene.close()


def test_delayed_comes_later(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), Rule("delay", "ping", delay_s=0.1)):
        assert ask(primary).took_ns >= 100_000_000
    scene.close()


def test_rule_that_never_applied_is_inconclusive(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with pytest.raises(Inconclusive, match=r"drop \* pong"):
        with Relay(scene, scene.socket_of(secondary), Rule("drop", "pong")):
            ask(primary)
    scene.close()


def test_what_is_held_or_late_at_the_end_is_delivered(scene: Scene) -> None:
    primary, secondary = asking(scene)
    rules = "hold * ping times 1", "delay 3600s * ping times 1"
    with Relay(scene, scene.socket_of(secondary), *rules):
        for param in (b"held", b"late", b"passed"):
            primary.call("mp_sendmsg", name="ping", param=param)
        assert params(secondary, 1) == [b"passed"]
    assert params(secondary, 2) == [b"held", b"late"]
    scene.close()


def test_reordered_leave_in_reverse(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), "reorder 3 message ping times 1"):
        for param in (b"1", b"2", b"3", b"4"):
            primary.call("mp_sendmsg", name="ping", param=param)
        assert params(secondary, 4) == [b"3", b"2", b"1", b"4"]
    scene.close()


def test_group_that_is_never_whole_is_delivered_and_inconclusive(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with pytest.raises(Inconclusive, match="reorder 3"):
        with Relay(scene, scene.socket_of(secondary), "reorder 3 message ping"):
            for param in (b"1", b"2"):
                primary.call("mp_sendmsg", name="ping", param=param)
    assert params(secondary, 2) == [b"1", b"2"]
    scene.close()


def test_rewritten_arrives_otherwise(scene: Scene) -> None:
    primary, secondary = asking(scene)
    secondary.call("mp_action_register", name="pong")
    rule = 'rewrite name=pong param="other" message ping from primary'
    with Relay(scene, scene.socket_of(secondary), rule):
        primary.call("mp_sendmsg", name="ping", param=b"one")
        msg = secondary.expect("action", action="pong").msg
    assert bytes.fromhex(msg.param) == b"other"
    scene.close()


@pytest.mark.parametrize("fds, file", [("null", "/dev/null"), ("none", None)])
def test_descriptors_are_replaced_or_dropped(scene: Scene, fds: str, file: str | None) -> None:
    primary, secondary = asking(scene)
    secondary.call("mp_action_register", name="pong")
    fd = primary.call("open", path=str(primary.directory / "file")).ret
    claim = "" if file else "num_fds=0"
    with Relay(scene, scene.socket_of(secondary), f"rewrite fds={fds} {claim} message pong"):
        primary.call("mp_sendmsg", name="pong", fds=[fd])
        arrived = secondary.expect("action", action="pong").msg.fds
    assert [os.readlink(f"/proc/{secondary.pid}/fd/{each.fd}") for each in arrived] == (
        [file] if file else []
    )
    scene.close()


def test_answered_for_the_peer(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), 'answer reply param="mine" request ping'):
        answer = ask(primary)
    assert [bytes.fromhex(msg.param) for msg in answer.msgs] == [b"mine"]
    assert secondary.events("action") == []
    scene.close()


def test_one_passes_and_lets_the_held_go(scene: Scene) -> None:
    primary, secondary = asking(scene)
    secondary.call("mp_action_register", name="pong")
    with Relay(scene, scene.socket_of(secondary), "hold * ping", "release * pong"):
        primary.call("mp_sendmsg", name="ping")
        primary.call("mp_sendmsg", name="pong")
        assert [secondary.expect("action").action for _ in range(2)] == ["pong", "ping"]
    scene.close()


def test_nth_is_counted(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), "drop message ping nth 2 times 2"):
        for param in (b"1", b"2", b"3", b"4"):
            primary.call("mp_sendmsg", name="ping", param=param)
        assert params(secondary, 2) == [b"1", b"4"]
    scene.close()


def test_two_directions_have_rules_of_their_own(scene: Scene) -> None:
    primary, secondary = asking(scene)
    paths = scene.socket_of(primary), scene.socket_of(secondary)
    with Relay(scene, paths, "drop * ping from secondary times 1", "pass * ping from primary"):
        assert ask(primary, "brief").rte_errno == "ETIMEDOUT"
        assert len(secondary.events("action")) == 1
        assert ask(primary).nb_received == 1
    scene.close()
