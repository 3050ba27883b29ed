# SPDX-License-Identifier: BSD-3-Clause
"""A ghost answers and sends as told, a fuzzer tells what it did, and neither leaves anything behind."""

from __future__ import annotations

import re
import signal

import pytest

from conftest import MakeScene
from faults.attacks.attack_process import Attack
from targets.peer import Peer
from targets.scene import Scene

Pair = tuple


@pytest.fixture
def pair(scene: Scene) -> tuple[Scene, Peer]:
    """A scene and its primary."""
    return scene, scene.primary()


def _ask(primary: Peer, name: str = "ping", timeout: str = "ample"):  # type: ignore[no-untyped-def]
    return primary.call("mp_request_sync", name=name, timeout=timeout)


def test_it_answers_as_told(pair: Pair) -> None:
    scene, primary = pair
    command = ["ghost", "--answer", "ping=reply:0x00ff", "--answer", "slow=late:20ms:ok"]
    with Attack(scene, *command, "--answer", "ignore", pid=primary.pid) as attack:
        attack.expect("is there")
        assert _ask(primary).msgs[0].param == "00ff"
        slow = _ask(primary, "slow")
        assert (slow.msgs[0].param, slow.took_ns >= 20_000_000) == (b"ok".hex(), True)
        other = _ask(primary, "other")
        assert (other.ret, other.nb_sent) == (0, 0)
        assert attack.interrupt() == 0
    assert "ghost ghost > primary" in attack.said and "3 datagrams heard" in attack.said
    assert scene.sockets() == []
    scene.close()


def test_its_silence_is_a_timeout(pair: Pair) -> None:
    scene, primary = pair
    with Attack(scene, "ghost", pid=primary.pid) as attack:
        attack.expect("is there")
        assert _ask(primary, timeout="brief").rte_errno == "ETIMEDOUT"
        assert attack.interrupt() == 0
    scene.close()


def test_a_ghost_that_nobody_spoke_to_is_inconclusive(pair: Pair) -> None:
    scene, primary = pair
    with Attack(scene, "ghost", "--for", "10ms", pid=primary.pid) as attack:
        assert attack.wait() == 1
    scene.close()


def test_a_command_that_is_killed_leaves_no_ghost(pair: Pair) -> None:
    scene, primary = pair
    with Attack(scene, "ghost", "--name", "x", pid=primary.pid) as attack:
        attack.expect("is there")
        assert scene.sockets() == ["mp_socket_x"]
        attack.kill()
        scene.wait_until(lambda: scene.sockets() == [], "the ghost's socket to be removed")
    scene.close()


def test_it_sends_and_shows_what_comes_back(pair: Pair) -> None:
    scene, primary = pair
    primary.call("mp_action_register", name="ping", manner="reply")
    command = ["ghost", "--send", "request ping param=hello", "--times", "2", "--for", "200ms"]
    with Attack(scene, *command, pid=primary.pid) as attack:
        assert attack.wait() == 0
    assert attack.said.count("REP ping, len_param 5: 0x68656c6c6f") == 2
    assert len(primary.events("action")) == 2
    scene.close()


def test_it_lies(pair: Pair) -> None:
    scene, primary = pair
    primary.call("mp_action_register", name="ping", manner="silent")
    command = ["ghost", "--send", "77 ping num_fds=3 fds=1 param=0x0102"]
    with Attack(scene, *command, pid=primary.pid) as attack:
        assert attack.wait() == 0
    assert "num_fds 3, 1 passed" in attack.said
    action = primary.expect("action")
    assert (action.msg.num_fds, action.msg.param) == (3, "0102")
    scene.close()


def test_what_cannot_be_sent_is_told(pair: Pair) -> None:
    scene, primary = pair
    primary.pause()
    command = ["ghost", "--send", "message ping", "--times", "12"]
    with Attack(scene, *command, pid=primary.pid) as attack:
        assert attack.wait() == 1
    assert "NOT SENT: its queue has been full for 2 s" in attack.said
    primary.resume()
    scene.close()


@pytest.mark.parametrize(
    "words, why",
    [
        (("--send", "ping"), "a datagram has a type and a name"),
        (("--send", "question ping"), "'question' is no number: expected message, request, reply"),
        (("--send", "request " + "x" * 65), "a name has at most 64 bytes"),
        (("--send", "request ping parm=1"), "'parm=1' is none of param=, len_param="),
        (("--send", "request ping param=0xzz"), "after 0x come two hexadecimal digits a byte"),
        (("--send", "request ping param=0x" + "00" * 257), "a parameter has at most 256 bytes"),
        (("--send", "request ping fds=254"), "0 to 253 descriptors can be passed"),
        (("--send", "request ping size=-1"), "a datagram has 0 to 65536 bytes"),
        (("--send", "request ping len_param=99999999999"), "len_param is 99999999999"),
        (("--send", "request ping", "--times", "0"), "it is sent once at least"),
        (("--answer", "shout"), "'shout' is no way to answer"),
        (("--answer", "ping=late"), "'' is no duration"),
        (("--answer", "silent:x"), "nothing can follow silent"),
        (("--name", "a/b"), "part of a file's name"),
        (("--fuzz", "0"), "--fuzz wants a number from 1"),
        (("--fuzz", "1", "--lies", "x"), r"\['x'\] is no lie; there are type"),
        (("--fuzz", "1", "--answer", "ignore"), "--fuzz goes alone"),
    ],
)
def test_nonsense_touches_nothing(pair: Pair, words: tuple[str, ...], why: str) -> None:
    scene, primary = pair
    with Attack(scene, "ghost", *words, pid=primary.pid) as attack:
        assert attack.wait() == 2
    assert re.search(why, attack.said), attack.said
    assert scene.sockets() == []
    scene.close()


def test_a_name_that_is_taken_is_refused(pair: Pair) -> None:
    scene, primary = pair
    secondary = scene.secondary()
    name = scene.socket_of(secondary).rpartition("mp_socket_")[2]
    with Attack(scene, "ghost", "--name", name, pid=primary.pid) as attack:
        assert attack.wait() == 2
    assert "is there already: give another --name" in attack.said
    assert len(scene.sockets()) == 1
    scene.close()


# Fuzzing


def test_who_survives_is_said_to(pair: Pair) -> None:
    scene, primary = pair
    command = ["ghost", "--fuzz", "300", "--lies", "type,name"]
    with Attack(scene, *command, pid=primary.pid) as attack:
        assert attack.wait() == 0
    assert "300 of 300 datagrams were read" in attack.said
    assert f"primary {primary.pid} (peer): lives, its IPC thread lives, it answers" in attack.said
    scene.close()


def test_a_thread_that_ends_is_told_with_the_datagram_that_did_it(pair: Pair) -> None:
    scene, primary = pair
    with Attack(scene, "ghost", "--fuzz", "50", "--lies", "size", pid=primary.pid) as attack:
        assert attack.wait() == 1
    assert "1 of 50 datagrams were read: its IPC thread has ended" in attack.said
    assert "lives, its IPC thread HAS ENDED, it DOES NOT ANSWER" in attack.said
    assert "the last that it has read is number 0: " in attack.said
    scene.close()


def test_the_one_that_did_it_does_it_alone(make_scene: MakeScene) -> None:
    lies = ("--seed", "5", "--lies", "type,len_param")  # Not each of them is fatal.
    first = make_scene()
    pid = first.primary().pid
    with Attack(first, "ghost", "--fuzz", "100", *lies, pid=pid) as attack:
        assert attack.wait() == 1
    first.close()
    found = re.search(r"that one alone: faults/attack (.*)", attack.said)
    assert found and "--first 0 " not in found[1]
    second = make_scene()
    pid = second.primary().pid
    with Attack(second, *found[1].split(), pid=pid) as alone:
        assert alone.wait() == 1
    assert "its IPC thread HAS ENDED" in alone.said
    second.close()


def test_a_death_is_told_with_its_signal(pair: Pair) -> None:
    scene, primary = pair
    primary.may_end(signal=signal.SIGSEGV)
    command = ["ghost", "--fuzz", "100000000", "--lies", "type"]
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("sending")
        primary.send_signal(signal.SIGSEGV)
        assert attack.wait() == 1
    assert "datagrams were read: it has died" in attack.said
    assert f"primary {primary.pid} (peer): DEAD: SIGSEGV on its thread" in attack.said
    assert scene.sockets() == []
    scene.close()
