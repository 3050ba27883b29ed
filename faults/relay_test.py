# SPDX-License-Identifier: BSD-3-Clause
"""Proves what a relay does with each datagram, that neither side can tell, and that it undoes itself."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import psutil
import pytest

from conftest import PEER
from faults import socket as sockets
from faults.ghost import Ghost
from faults.helper import HelperGone
from faults.process import Stopped
from faults.relay import Passed, Relay, Rule
from faults.socket import MOST_FDS
from targets.outcome import Inconclusive, Unavailable
from targets.peer import Peer
from targets.scene import Scene
from traffic.datagram import MpType


@pytest.fixture
def cast(scene: Scene) -> tuple[Scene, Peer, Peer]:
    """A scene, its primary, and a secondary that answers "ping"."""
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    return scene, primary, secondary


Cast = tuple[Any, ...]


def _ask(primary: Peer, timeout: str = "ample"):  # type: ignore[no-untyped-def]
    return primary.call("mp_request_sync", name="ping", param=b"x", timeout=timeout)


def _names(scene: Scene) -> list[str]:
    """Sockets in the runtime directory, ours included."""
    names = scene.isolation.inside(os.listdir, scene.runtime)
    return sorted(name for name in names if "mp_socket" in name)


def _params(peer: Peer, count: int) -> list[bytes]:
    return [bytes.fromhex(peer.expect("action").msg.param) for _ in range(count)]


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
    with pytest.raises(Inconclusive, match=r"drop \* pong"):
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
    path = scene.socket_of(secondary)
    with Relay(scene, path, Rule("pass", "ping")) as relay:
        assert _ask(primary).nb_received == 1
        secondary.kill()
        relay.wait_left(path)
        assert _names(scene) == sorted(["mp_socket", PurePosixPath(path).name])
        assert _ask(primary).nb_sent == 0  # And so the primary takes the dead socket away.
    assert _names(scene) == ["mp_socket"]
    scene.close()


def test_peer_may_leave_behind_it(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), Rule("pass", "ping")):
        _ask(primary)
        secondary.stop()
    assert scene.sockets() == []
    scene.close()


def test_what_is_held_or_late_at_the_end_is_delivered(cast: Cast) -> None:
    scene, primary, secondary = cast
    rules = "hold * ping times 1", "delay 3600s * ping times 1"
    with Relay(scene, scene.socket_of(secondary), *rules):
        for param in (b"held", b"late", b"passed"):
            primary.call("mp_sendmsg", name="ping", param=param)
        assert _params(secondary, 1) == [b"passed"]
    assert _params(secondary, 2) == [b"held", b"late"]
    scene.close()


def test_reordered_leave_in_reverse(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), "reorder 3 message ping times 1"):
        for param in (b"1", b"2", b"3", b"4"):
            primary.call("mp_sendmsg", name="ping", param=param)
        assert _params(secondary, 4) == [b"3", b"2", b"1", b"4"]
    scene.close()


def test_group_that_is_never_whole_is_delivered_and_inconclusive(cast: Cast) -> None:
    scene, primary, secondary = cast
    with pytest.raises(Inconclusive, match="reorder 3"):
        with Relay(scene, scene.socket_of(secondary), "reorder 3 message ping"):
            for param in (b"1", b"2"):
                primary.call("mp_sendmsg", name="ping", param=param)
    assert _params(secondary, 2) == [b"1", b"2"]
    scene.close()


def test_rewritten_arrives_otherwise(cast: Cast) -> None:
    scene, primary, secondary = cast
    secondary.call("mp_action_register", name="pong")
    rule = 'rewrite name=pong param="other" message ping from primary'
    with Relay(scene, scene.socket_of(secondary), rule):
        primary.call("mp_sendmsg", name="ping", param=b"one")
        msg = secondary.expect("action", action="pong").msg
    assert bytes.fromhex(msg.param) == b"other"
    scene.close()


@pytest.mark.parametrize("fds, file", [("null", "/dev/null"), ("none", None)])
def test_descriptors_are_replaced_or_dropped(cast: Cast, fds: str, file: str | None) -> None:
    scene, primary, secondary = cast
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


def test_answered_for_the_peer(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), 'answer reply param="mine" request ping'):
        answer = _ask(primary)
    assert [bytes.fromhex(msg.param) for msg in answer.msgs] == [b"mine"]
    assert secondary.events("action") == []
    scene.close()


def test_one_passes_and_lets_the_held_go(cast: Cast) -> None:
    scene, primary, secondary = cast
    secondary.call("mp_action_register", name="pong")
    with Relay(scene, scene.socket_of(secondary), "hold * ping", "release * pong"):
        primary.call("mp_sendmsg", name="ping")
        primary.call("mp_sendmsg", name="pong")
        assert [secondary.expect("action").action for _ in range(2)] == ["pong", "ping"]
    scene.close()


def test_nth_is_counted(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), "drop message ping nth 2 times 2"):
        for param in (b"1", b"2", b"3", b"4"):
            primary.call("mp_sendmsg", name="ping", param=param)
        assert _params(secondary, 2) == [b"1", b"4"]
    scene.close()


def test_two_directions_have_rules_of_their_own(cast: Cast) -> None:
    scene, primary, secondary = cast
    paths = scene.socket_of(primary), scene.socket_of(secondary)
    with Relay(scene, paths, "drop * ping from secondary times 1", "pass * ping from primary"):
        assert _ask(primary, "brief").rte_errno == "ETIMEDOUT"
        assert len(secondary.events("action")) == 1
        assert _ask(primary).nb_received == 1
    scene.close()


def test_peer_that_arrives_later_is_stood_before(scene: Scene) -> None:
    primary = scene.primary()
    with Relay(scene, (), "drop message ping", later="secondary") as relay:
        secondary = scene.secondary()
        path = scene.socket_of(secondary)
        relay.wait_before(path)
        secondary.call("mp_action_register", name="ping")
        secondary.call("mp_action_register", name="pong")
        primary.call("mp_sendmsg", name="ping")
        primary.call("mp_sendmsg", name="pong")
        assert secondary.expect("action").action == "pong"
    assert sorted(_names(scene)) == sorted(["mp_socket", PurePosixPath(path).name])
    scene.close()


def test_primary_that_takes_its_name_back_is_left(scene: Scene) -> None:
    first = scene.primary()
    path = scene.socket_of(first)
    with Relay(scene, path, watch=False) as relay:
        first.call("mp_action_register", name="ping", manner="reply")
        with Ghost(scene) as ghost:
            ghost.send(MpType.MP_REQ, "ping")
            ghost.expect("ping", MpType.MP_REP)
        first.kill()
        scene.primary()  # It unlinks the name and binds it anew.
        relay.wait_left(path)
    assert _names(scene) == ["mp_socket"]
    scene.close()


def test_what_wakes_the_engine_is_no_datagram(cast: Cast) -> None:
    """The engine sleeps on the peer's socket, and each command of ours ends that sleep."""
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), "pass * ping") as relay:
        for _ in range(20):
            relay.count()
        _ask(primary)
        assert relay.count()["seen"] == 1
    assert len(secondary.events("action")) == 1
    scene.close()


def test_receiver_without_room_makes_its_senders_wait(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), "pass * ping"):
        with Stopped(secondary):
            calls = [primary.tell("mp_sendmsg", name="ping") for _ in range(40)]
            # The peer's queue and the relay's: more find no room, and wait as they do without it.
            scene.wait_until(
                lambda: "unix_wait_for_peer" in primary.wait_channel(), "a sender that waits"
            )
        for call in calls:
            assert call.answer().ret == 0
        for _ in range(40):
            secondary.expect("action")
    scene.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_killed_engine_leaves_everything_as_it_was(cast: Cast, how: signal.Signals) -> None:
    scene, primary, secondary = cast
    path = scene.socket_of(secondary)
    inode, names = scene.isolation.inside(os.stat, path).st_ino, _names(scene)
    relay = Relay(scene, path, "pass * ping")
    relay.inject()
    assert len(_names(scene)) == len(names) + 1
    os.kill(relay.pid, how)  # Our child: its pid is not reused.
    scene.wait_until(lambda: _names(scene) == names, "its undo process to put everything back")
    assert scene.isolation.inside(os.stat, path).st_ino == inode
    with pytest.raises(HelperGone, match="the relay ended with"):
        relay.count()
    relay.heal()
    assert _ask(primary).nb_received == 1
    scene.close()


OWNER = """
import sys
from pathlib import Path
from faults.relay import Relay
from targets.scene import Scene
from targets.speed import Speed
scene = Scene(Path(sys.argv[1]), Path(sys.argv[2]), Speed(0.05))
primary = scene.primary()
relay = Relay(scene, scene.socket_of(primary))
relay.inject()
print(relay.pid, flush=True)
sys.stdin.read()
"""


def test_owner_that_is_killed_leaves_no_engine(tmp_path: Path, scene: Scene) -> None:
    argv = [sys.executable, "-c", OWNER, str(tmp_path / "s"), str(PEER)]
    with subprocess.Popen(
        argv, cwd=PEER.parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        engine = psutil.Process(int(owner.stdout.readline()))
        family = [engine, *engine.children()]
        assert len(family) == 2  # Its undo process.
        owner.kill()
        _gone, alive = psutil.wait_procs(family, scene.speed.deadline_s)
    assert not alive
    scene.close()


def test_owner_that_is_gone_leaves_everything_as_it_was(cast: Cast) -> None:
    scene, primary, secondary = cast
    names = _names(scene)
    relay = Relay(scene, scene.socket_of(secondary), "pass * ping")
    relay.inject()
    relay.let_go()  # All that its owner's death does.
    scene.wait_until(lambda: _names(scene) == names, "the relay to put everything back")
    relay.heal()
    assert _ask(primary).nb_received == 1
    scene.close()


def test_listener_that_fails_is_told_and_harms_nobody(cast: Cast) -> None:
    scene, primary, secondary = cast

    def fails(passed: Passed) -> None:
        raise LookupError(passed.action)

    with pytest.raises(LookupError, match="pass"):
        with Relay(scene, scene.socket_of(secondary), "pass * ping", on_datagram=fails):
            for _ in range(3):
                assert _ask(primary).nb_received == 1
    assert _ask(primary).nb_received == 1
    scene.close()


@pytest.mark.parametrize("rule", ["pass * *", "delay 1ms * *"])
def test_anything_passes_unchanged(scene: Scene, rule: str) -> None:
    """Datagrams of any size, in any number, with as many descriptors as go into one."""
    scene.primary()
    sizes = [0, 1, 331, 332, 333, 60_000, *range(50), MOST_FDS]
    sent = [(random.Random(size).randbytes(size), size % (MOST_FDS + 1)) for size in sizes]
    with Ghost(scene, "receiver", idle=True) as receiver, Ghost(scene, "sender") as sender:
        with Relay(scene, receiver.address, rule), open(os.devnull) as file:
            with ThreadPoolExecutor(1) as thread:
                done = thread.submit(_send_all, sender, receiver.address, sent, file.fileno())
                got = [_receive(receiver) for _ in sent]
                done.result()
    assert got == [(data, fds, sender.address) for data, fds in sent]
    scene.close()


def _send_all(sender: Ghost, to: str, datagrams: list[tuple[bytes, int]], fd: int) -> None:
    for data, fds in datagrams:
        sender.send_raw(data, to=to, fds=[fd] * fds)


def _receive(ghost: Ghost) -> tuple[bytes, int, str]:
    sockets.wait_readable(ghost.where, ghost.sock, "a datagram")
    received = sockets.receive(ghost.sock)
    fds = len(received.fds)
    received.close()
    return received.data, fds, received.sender


def test_second_relay_before_a_socket_is_refused(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Relay(scene, scene.socket_of(secondary), "pass * ping"):
        with pytest.raises(FileExistsError):
            with Relay(scene, scene.socket_of(secondary)):
                pass
        assert _ask(primary).nb_received == 1
    scene.close()


def test_unbound_and_abstract_senders_stay_what_they_are(scene: Scene) -> None:
    primary = scene.primary()
    primary.call("mp_action_register", name="ping")
    path = scene.socket_of(primary)
    with Relay(scene, path, "pass * ping"):
        with Ghost(scene) as ghost, Ghost(scene, "no", unbound=True) as unbound:
            with Ghost(scene, "far", abstract=True) as abstract:
                # An unbound one is taken for the one before it: it keeps having no address.
                for sender in (ghost, unbound, abstract):
                    sender.send(MpType.MP_MSG, "ping")
                peers = [primary.expect("action").peer for _ in range(3)]
    assert peers == [ghost.address, ghost.address, ""]
    scene.close()


def test_each_datagram_is_told_to_who_wants_it(cast: Cast) -> None:
    scene, primary, secondary = cast
    told: list[Passed] = []
    path = scene.socket_of(secondary)
    with Relay(scene, path, "pass * ping", on_datagram=told.append) as relay:
        _ask(primary)
    assert [(one.action, one.rule, one.to, one.sender, one.fds) for one in told] == [
        ("pass", relay.rules[0], path, scene.socket_of(primary), 0)
    ]
    scene.close()


def test_socket_that_is_not_there_is_told(scene: Scene) -> None:
    scene.primary()
    with pytest.raises(FileNotFoundError):
        with Relay(scene, f"{scene.runtime}/mp_socket_nobody"):
            pass
    scene.close()


def test_socket_elsewhere_is_refused(scene: Scene) -> None:
    scene.primary()
    with pytest.raises(ValueError, match="/tmp/mp_socket is no socket in"):
        with Relay(scene, "/tmp/mp_socket"):
            pass
    scene.close()


def test_engine_that_is_not_built_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scene.socket_of(scene.primary())
    monkeypatch.setenv("GAUNTLET_RELAY", "/nowhere/relay")
    with pytest.raises(Unavailable, match="no relay at /nowhere/relay: build Gauntlet whole"):
        with Relay(scene, path):
            pass
    scene.close()
