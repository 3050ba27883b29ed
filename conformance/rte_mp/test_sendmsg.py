# SPDX-License-Identifier: BSD-3-Clause
"""rte_mp_sendmsg: who receives a message, in which order, and what those who are gone cost."""

import os
import socket
from pathlib import Path

from conformance.roles import both_roles, in_order, pair
from faults.ghost import Ghost
from faults.process import ExitedWithoutCleanup, Killed
from targets.scene import Scene
from traffic.datagram import MpType


def test_primary_reaches_every_secondary(scene: Scene):
    """A message of the primary reaches every secondary, each once, and not the primary itself.

    Source: guide, "Communication between multiple processes": "Broadcast message from primary"
    Since: 18.05   Strength: documented
    """
    primary = scene.primary()
    secondaries = [scene.secondary() for _ in range(3)]
    for peer in (primary, *secondaries):
        peer.call("mp_action_register", name="ping")
        peer.call("mp_action_register", name="last")
    for name in ("ping", "last"):
        assert primary.call("mp_sendmsg", name=name).ret == 0
    for peer in secondaries:
        peer.expect("action", action="last")
        assert len(peer.events("action", action="ping")) == 1
    assert primary.events("action") == []


def test_secondary_reaches_the_primary_only(scene: Scene):
    """A message of a secondary reaches the primary, once, and nobody else.

    Source: guide, "Communication between multiple processes": "Unicast message from secondary"
    Since: 18.05   Strength: documented
    """
    primary, sender, other = scene.primary(), scene.secondary(), scene.secondary()
    for peer in (primary, sender, other):
        peer.call("mp_action_register", name="ping")
        peer.call("mp_action_register", name="last")
    sender.call("mp_sendmsg", name="ping")
    primary.expect("action", action="ping")
    primary.call("mp_sendmsg", name="last")
    for peer in (sender, other):
        peer.expect("action", action="last")
    assert [len(peer.events("action")) for peer in (primary, sender, other)] == [0, 0, 0]


def test_nobody_there_is_no_error(scene: Scene):
    """A message of a primary without secondaries is sent to nobody, and that succeeds.

    Source: guide, "Sending messages": "a best-effort notification mechanism"
    Since: 18.05   Strength: documented
    """
    r = scene.primary().call("mp_sendmsg", name="ping")
    assert (r.ret, r.rte_errno) == (0, None)


@both_roles
def test_messages_keep_their_order(scene: Scene, role: str):
    """Messages of one sender are handled in the order in which they were sent.

    Source: eal_common_proc.c, mp_handle; relied on by drivers/bus/vdev, vdev_scan
    Since: 18.05   Strength: observed
    """
    sender, receiver = pair(scene, role)
    receiver.call("mp_action_register", name="ping")
    sent = [bytes([number]) for number in range(50)]
    for param in sent:
        sender.call("mp_sendmsg", name="ping", param=param)
    got = [bytes.fromhex(receiver.expect("action").msg.param) for _ in sent]
    assert got == sent


def test_message_is_an_mp_msg(scene: Scene):
    """A message goes out as one datagram of type MP_MSG with the name, length and parameter given.

    Source: eal_common_proc.c, rte_mp_sendmsg
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene) as ghost:
        primary.call("mp_sendmsg", name="ping", param=b"hello")
        got = ghost.expect()
        size = primary.greeting.datagram.size
        assert (got.type, got.name, got.param, got.sender, len(got.received.data)) == (
            MpType.MP_MSG,
            "ping",
            b"hello",
            f"{scene.runtime}/mp_socket",
            size,
        )
        assert not ghost.has_mail


def test_stale_socket_is_removed(scene: Scene):
    """The socket of a secondary that left without a word is no error to the next message, which
    removes it.

    Source: eal_common_proc.c, send_msg: ECONNREFUSED in a primary
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    with ExitedWithoutCleanup(secondary):
        assert len(scene.sockets()) == 1
        r = primary.call("mp_sendmsg", name="ping")
        assert (r.ret, scene.sockets()) == (0, [])


def test_bad_entry_does_not_hide_the_others(scene: Scene):
    """An entry that cannot be sent to makes the call fail with its errno; all others are served.

    Source: eal_common_proc.c, mp_send
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with Ghost(scene, "a") as first, Ghost(scene, "z", idle=True) as last:
        scene.isolation.inside(stream.bind, f"{scene.runtime}/mp_socket_m")
        stream.listen()
        with Ghost(scene, "b") as after:
            r = primary.call("mp_sendmsg", name="ping")
            for ghost in (first, last, after):
                ghost.expect("ping")
    stream.close()
    assert (r.ret, r.rte_errno) == (-1, "EPROTOTYPE")


def test_only_matching_entries_are_sent_to(scene: Scene):
    """A primary sends to what is named mp_socket_<something> in its directory, and to nothing else.

    Source: eal_common_proc.c, mp_send: fnmatch
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene, address=f"{scene.runtime}/mp_socks_x", idle=True) as near:
        with Ghost(scene, address=f"{scene.runtime}/my_socket_x", idle=True) as far:
            with Ghost(scene) as ghost:
                assert primary.call("mp_sendmsg", name="ping").ret == 0
                ghost.expect("ping")
                assert (near.has_mail, far.has_mail) == (False, False)


def test_missing_directory_is_told(scene: Scene):
    """A primary whose runtime directory is gone cannot send, and says ENOENT.

    Source: eal_common_proc.c, mp_send: opendir
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    scene.isolation.inside(os.rename, scene.runtime, scene.runtime + ".gone")
    calls = [
        primary.call("mp_sendmsg", name="ping"),
        primary.call("mp_request_sync", name="ping", timeout="brief"),
        primary.call("mp_request_async", name="ping", timeout="brief"),
    ]
    scene.isolation.inside(os.rename, scene.runtime + ".gone", scene.runtime)
    assert [(r.ret, r.rte_errno) for r in calls] == [(-1, "ENOENT")] * 3
    # No lock is left behind either.
    assert primary.call("mp_request_sync", name="ping", timeout="ample").ret == 0


def test_secondary_is_told_of_a_dead_primary(scene: Scene):
    """A secondary whose primary was killed cannot send or ask, and says ECONNREFUSED.

    Source: eal_common_proc.c, send_msg
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    with Killed(primary):
        calls = [
            secondary.call("mp_sendmsg", name="ping"),
            secondary.call("mp_request_sync", name="ping", timeout="ample"),
            secondary.call("mp_request_async", name="ping", timeout="ample"),
        ]
    assert [(r.ret, r.rte_errno) for r in calls] == [(-1, "ECONNREFUSED")] * 3


def test_secondary_is_told_of_a_departed_primary(scene: Scene):
    """A secondary whose primary has cleaned up and left cannot send or ask, and says ENOENT.

    Source: eal_common_proc.c, send_msg
    Since: 18.05   Strength: observed
    """
    primary, secondary = scene.primary(), scene.secondary()
    primary.stop()
    calls = [
        secondary.call("mp_sendmsg", name="ping"),
        secondary.call("mp_request_sync", name="ping", timeout="ample"),
        secondary.call("mp_request_async", name="ping", timeout="ample"),
    ]
    assert [(r.ret, r.rte_errno) for r in calls] == [(-1, "ENOENT")] * 3


@both_roles
def test_action_may_send(scene: Scene, role: str):
    """An action may send a message, and it arrives.

    Source: guide, "Misc considerations": "sending messages while processing another ... is supported"
    Since: 18.05   Strength: documented
    """
    sender, receiver = pair(scene, role)
    sender.call("mp_action_register", name="pong")
    answer = {"verb": "mp_sendmsg", "name": "pong", "param": b"from inside"}
    receiver.call("mp_action_register", name="ping", inside=answer)
    sender.call("mp_sendmsg", name="ping")
    assert sender.expect("action").msg.param == b"from inside".hex()


def test_full_receiver_delays_and_loses_nothing(scene: Scene):
    """A receiver that does not read for a while delays the sender; no message is lost or reordered.

    Source: eal_common_proc.c, send_msg: a blocking sendmsg(2)
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    sent = [bytes([number]) for number in range(40)]
    with Ghost(scene) as ghost:
        calls = [primary.tell("mp_sendmsg", name=f"m{param[0]:02}", param=param) for param in sent]
        got = sorted(ghost.expect().param for _ in sent)
        assert [call.answer().ret for call in calls] == [0] * len(sent)
    assert got == sent


def test_broadcast_follows_the_directory(scene: Scene):
    """A broadcast follows the order of the directory's entries.

    Source: eal_common_proc.c, mp_send: readdir
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    with Ghost(scene, "a") as a, Ghost(scene, "b") as b:
        first, second = in_order(scene, a, b)
        request = primary.tell("mp_request_sync", name="ping", timeout="ample")
        asked = first.expect("ping")
        assert not second.has_mail
        first.reply(asked)
        second.reply(second.expect("ping"))
        assert request.answer().nb_received == 2


def test_entry_that_is_too_long_is_nobody_elses(scene: Scene):
    """An entry of the directory whose path is too long for a socket address costs no other one: nobody
    else gets its message.

    Source: eal_common_proc.c, send_msg: the path is copied into struct sockaddr_un
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    longest = 107 - len(f"{scene.runtime}/mp_socket_")
    with Ghost(scene, "x" * longest) as ghost:
        scene.isolation.inside(Path(f"{ghost.address}y").touch)
        primary.call("mp_sendmsg", name="ping")
        primary.call("mp_sendmsg", name="last")
        names = []
        while "last" not in names:
            names.append(ghost.expect().name)
    assert names == ["ping", "last"]
