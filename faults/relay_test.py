# SPDX-License-Identifier: BSD-3-Clause
"""Proves that neither side of a relay can tell, and whom it stands before."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

import pytest

from faults import unix_socket
from faults.asking import ask, asking, names
from faults.ghost import Ghost
from faults.process import Stopped
from faults.relay import Passed, Relay, Rule
from faults.unix_socket import MOST_FDS
from targets.outcome import Inconclusive
from targets.scene import Scene
from traffic.datagram import MpType


def test_neither_side_can_tell(scene: Scene) -> None:
    primary, secondary = asking(scene)
    path = scene.socket_of(secondary)
    inode = scene.isolation.inside(os.stat, path).st_ino
    with Relay(scene, path):
        assert scene.isolation.inside(os.stat, path).st_ino != inode
        assert ask(primary).msgs[0].param == b"x".hex()
        assert secondary.expect("action").peer == f"{scene.runtime}/mp_socket"
    assert scene.isolation.inside(os.stat, path).st_ino == inode
    assert sorted(scene.isolation.inside(os.listdir, scene.runtime)).count("aside_" + path) == 0
    assert ask(primary).nb_received == 1
    scene.close()


def test_what_is_queued_at_the_end_is_delivered(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), Rule("pass", "ping")):
        for _ in range(20):
            primary.call("mp_sendmsg", name="ping")
    for _ in range(20):
        secondary.expect("action")
    scene.close()


def test_relay_without_traffic_is_inconclusive(scene: Scene) -> None:
    _, secondary = asking(scene)
    with pytest.raises(Inconclusive, match="pass all"):
        with Relay(scene, scene.socket_of(secondary)):
            pass
    scene.close()


def test_peer_may_die_behind_it(scene: Scene) -> None:
    primary, secondary = asking(scene)
    path = scene.socket_of(secondary)
    with Relay(scene, path, Rule("pass", "ping")) as relay:
        assert ask(primary).nb_received == 1
        secondary.kill()
        relay.wait_left(path)
        assert names(scene) == sorted(["mp_socket", PurePosixPath(path).name])
        assert ask(primary).nb_sent == 0  # And so the primary takes the dead socket away.
    assert names(scene) == ["mp_socket"]
    scene.close()


def test_peer_may_leave_behind_it(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), Rule("pass", "ping")):
        ask(primary)
        secondary.stop()
    assert scene.sockets() == []
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
    assert sorted(names(scene)) == sorted(["mp_socket", PurePosixPath(path).name])
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
    assert names(scene) == ["mp_socket"]
    scene.close()


def test_receiver_without_room_makes_its_senders_wait(scene: Scene) -> None:
    primary, secondary = asking(scene)
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
    unix_socket.wait_readable(ghost.view, ghost.sock, "a datagram")
    received = unix_socket.receive(ghost.sock)
    fds = len(received.fds)
    received.close()
    return received.data, fds, received.sender


def test_second_relay_before_a_socket_is_refused(scene: Scene) -> None:
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), "pass * ping"):
        with pytest.raises(FileExistsError):
            with Relay(scene, scene.socket_of(secondary)):
                pass
        assert ask(primary).nb_received == 1
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


def test_each_datagram_is_told_to_who_wants_it(scene: Scene) -> None:
    primary, secondary = asking(scene)
    told: list[Passed] = []
    path = scene.socket_of(secondary)
    with Relay(scene, path, "pass * ping", on_datagram=told.append) as relay:
        ask(primary)
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
