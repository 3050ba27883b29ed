# SPDX-License-Identifier: BSD-3-Clause
"""Proves that watch shows what is sent, that relay does what the rules say, and that all is as before
when the command ends."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from scapy.utils import rdpcap

from faults.attacks.attack_process import Attack
from targets.peer import Peer
from targets.scene import Scene
from traffic.capture import Carried
from traffic.eal_param import Dev, DevType

Cast = tuple[Any, ...]


@pytest.fixture
def cast(scene: Scene) -> tuple[Scene, Peer, Peer]:
    """A scene, its primary, and a secondary that answers "ping"."""
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    return scene, primary, secondary


def _ask(primary: Peer, timeout: str = "ample", param: bytes = b""):  # type: ignore[no-untyped-def]
    return primary.call("mp_request_sync", name="ping", param=param, timeout=timeout)


def _folder(scene: Scene) -> list[str]:
    return sorted(scene.isolation.inside(os.listdir, scene.runtime))


def test_requests_and_replies_are_told_as_they_come(cast: Cast) -> None:
    scene, primary, secondary = cast
    before = _folder(scene)
    with Attack(scene, "watch", pid=primary.pid) as attack:
        attack.expect("in place")
        assert _ask(primary, param=b"hello").nb_received == 1
        request = attack.expect("REQ ping")
        reply = attack.expect("REP ping")
        assert attack.interrupt() == 0
    here, there = f"primary {primary.pid} (peer)", f"secondary {secondary.pid} (peer)"
    assert f"{here} > {there}: REQ ping, len_param 5: 0x68656c6c6f" in request
    assert f"{there} > {here}: REP ping, len_param 5: 0x68656c6c6f" in reply
    assert "2 datagrams seen" in attack.said
    assert _folder(scene) == before
    scene.close()


def test_what_dpdk_says_is_told_in_words(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Attack(scene, "watch", pid=primary.pid) as attack:
        attack.expect("in place")
        primary.call("dev_probe", devargs="net_null1")
        attack.expect("REQ eal_dev_mp_request, len_param 136: attach net_null1, result 0")
        attack.expect("REP eal_dev_mp_request, len_param 136: attach net_null1, result 0")
        assert attack.interrupt() == 0
    scene.close()


def test_a_capture_has_it_all(cast: Cast, tmp_path: Path) -> None:
    scene, primary, secondary = cast
    path = tmp_path / "seen.pcapng"
    with Attack(scene, "watch", "--write", str(path), pid=primary.pid) as attack:
        attack.expect("in place")
        primary.call("dev_probe", devargs="net_null1")
        attack.expect("REP eal_dev_mp_request")
        assert attack.interrupt() == 0
    packets = rdpcap(str(path))
    assert {type(packet) for packet in packets} == {Carried}
    request, reply = [one for one in packets if b"eal_dev" in one.payload.msg_name]
    assert request.sender == reply.receiver == f"{scene.runtime}/mp_socket".encode()
    assert Dev.of(bytes(reply.payload.param)[:136]).t == DevType.ATTACH
    assert b"attach net_null1" in reply.comment
    scene.close()


def test_who_comes_later_is_watched_too(scene: Scene) -> None:
    primary = scene.primary("--vdev=net_null0")
    with Attack(scene, "watch", pid=primary.pid) as attack:
        attack.expect("in place")
        secondary = scene.secondary()
        attack.expect("REQ bus_vdev_mp, len_param 72: scan req")
        attack.expect("REP bus_vdev_mp, len_param 72: scan rep 1 devices")
        primary.call("mp_action_register", name="ping", manner="reply")
        assert _ask(secondary).nb_received == 1
        attack.expect(f"primary {primary.pid} .* > secondary {secondary.pid} .* REP ping")
        secondary.stop()
        assert attack.interrupt() == 0
    assert scene.sockets() == []
    scene.close()


def test_a_command_that_is_killed_leaves_the_pair_as_it_was(cast: Cast) -> None:
    scene, primary, secondary = cast
    before = _folder(scene)
    command = ("relay", "-e", "drop request ping")
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("in place")
        assert _ask(primary, "brief").rte_errno == "ETIMEDOUT"
        attack.kill()
        scene.wait_until(lambda: _folder(scene) == before, "the sockets to be put back")
    assert _ask(primary).nb_received == 1
    with Attack(scene, "watch", pid=primary.pid) as again:
        again.expect("in place")
    scene.close()


def test_a_rule_is_applied_and_counted(cast: Cast) -> None:
    scene, primary, secondary = cast
    command = ("relay", "--quiet", "-e", "drop reply ping times 1")
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("in place")
        assert _ask(primary, "brief").rte_errno == "ETIMEDOUT"
        assert _ask(primary).nb_received == 1
        assert attack.interrupt() == 0
    shown = [line for line in attack.lines if " ping, " in line]
    assert len(shown) == 1 and shown[0].endswith("[drop reply ping times 1]")
    assert "  1 times  drop reply ping times 1" in attack.said
    scene.close()


def test_rules_come_from_a_file_too(cast: Cast, tmp_path: Path) -> None:
    scene, primary, secondary = cast
    (tmp_path / "rules").write_text("# nobody is there\nanswer ignore request ping\n")
    with Attack(scene, "relay", str(tmp_path / "rules"), pid=primary.pid) as attack:
        attack.expect("in place")
        said = _ask(primary)
        assert (said.ret, said.nb_sent) == (0, 0)
        assert attack.interrupt() == 0
    scene.close()


def test_a_rule_that_never_applied_is_inconclusive(cast: Cast) -> None:
    scene, primary, secondary = cast
    command = ("relay", "-e", "drop reply pong", "--for", "10ms")
    with Attack(scene, *command, pid=primary.pid) as attack:
        assert attack.wait() == 1
    assert "NEVER  drop reply pong" in attack.said
    assert "inconclusive: 1 of the rules never applied" in attack.said
    scene.close()


def test_only_before_one(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Attack(scene, "watch", "--before", "secondary", pid=primary.pid) as attack:
        attack.expect("in place")
        assert _ask(primary).nb_received == 1
        assert attack.interrupt() == 0
    assert "REQ ping" in attack.said and "REP ping" not in attack.said
    scene.close()


def test_a_deployment_that_dies_is_told(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Attack(scene, "watch", pid=primary.pid) as attack:
        attack.expect("in place")
        primary.kill()
        assert attack.wait() == 2
    assert f"primary {primary.pid} (peer) has ended" in attack.said
    assert all(not name.startswith("aside") for name in _folder(scene))
    scene.close()


@pytest.mark.parametrize(
    "words, why",
    [
        (("relay",), "no rules: give a file of them, or -e RULE"),
        (("relay", "/nowhere"), "/nowhere: .* No such file"),
        (
            ("relay", "-e", "eat reply ping"),
            r"-e: line 1, column 1: 'eat'.*\n  eat reply ping\n  \^",
        ),
        (("relay", "-e", "drop answer ping"), r"column 6: 'answer'.*\n.*\n       \^"),
        (("watch", "--before", "7"), "there is no 7 in rte"),
        (("watch", "--write", "/nowhere/x"), "/nowhere/x: No such file"),
        (("watch", "--record", "/nowhere/x"), "/nowhere/x: No such file"),
        (("relay", "-e", "drop reply x", "--record", "x"), "unrecognized arguments: --record"),
        (("watch", "--file-prefix", "gone"), "has the file-prefix rte, not gone"),
    ],
)
def test_nonsense_touches_nothing(cast: Cast, words: tuple[str, ...], why: str) -> None:
    scene, primary, secondary = cast
    before = _folder(scene)
    with Attack(scene, *words, pid=primary.pid) as attack:
        assert attack.wait() == 2
    assert re.search(why, attack.said), attack.said
    assert _folder(scene) == before
    scene.close()
