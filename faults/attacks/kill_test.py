# SPDX-License-Identifier: BSD-3-Clause
"""A process is killed or stopped exactly when it was said, and goes on if the command is killed."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from faults.attacks.attack_process import Attack
from targets.outcome import HarnessFault
from targets.peer import Peer
from targets.scene import Scene


@pytest.fixture
def trio(scene: Scene) -> tuple[Scene, Peer, Peer]:
    """A scene, its primary, and a secondary that answers "ping"."""
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    return scene, primary, secondary


Trio = tuple[Any, ...]


def _state(peer: Peer) -> str:
    return "".join(sorted(set(peer.states())))


def _ask(primary: Peer, timeout: str = "ample"):  # type: ignore[no-untyped-def]
    return primary.call("mp_request_sync", name="ping", timeout=timeout)


def test_killed_at_once(trio: Trio) -> None:
    scene, primary, secondary = trio
    secondary.may_end(signal=signal.SIGKILL)
    with Attack(scene, "kill", "secondary", pid=primary.pid) as attack:
        assert attack.wait() == 0
    assert f"will send SIGKILL to secondary {secondary.pid} (peer), at once" in attack.said
    secondary.wait_end()
    assert _ask(primary).nb_sent == 0
    scene.close()


def test_attack_that_cannot_be_made_is_our_own_fault(trio: Trio) -> None:
    scene, primary, _ = trio
    with Attack(scene, "kill", "nobody", pid=primary.pid) as attack:
        with pytest.raises(HarnessFault, match=r"ended \(2\)"):
            attack.done()
        with pytest.raises(HarnessFault, match="without 'waiting for'"):
            attack.expect("waiting for")
    scene.close()


@pytest.mark.parametrize(
    "when, handled, answered",
    [
        ("received request ping", 0, False),
        ("sending reply ping", 1, False),
        ("sent reply ping", 1, True),
    ],
)
def test_killed_exactly_then(trio: Trio, when: str, handled: int, answered: bool) -> None:
    scene, primary, secondary = trio
    secondary.may_end(signal=signal.SIGKILL)
    with Attack(scene, "kill", "secondary", "--when", when, pid=primary.pid) as attack:
        attack.expect("waiting for")
        primary.call("mp_sendmsg", name="other")
        said = _ask(primary, "ample" if answered else "brief")
        assert attack.wait() == 0
    assert said.rte_errno == (None if answered else "ETIMEDOUT")
    secondary.wait_end()
    assert len(secondary.events("action")) == handled
    scene.close()


def test_stopped_while_the_block_lasts(trio: Trio) -> None:
    scene, primary, secondary = trio
    with Attack(scene, "stop", str(secondary.pid), pid=primary.pid) as attack:
        attack.expect("is stopped until Ctrl-C")
        assert _state(secondary) == "T"
        assert attack.interrupt() == 0
    assert _ask(primary).nb_received == 1
    scene.close()


def test_stopped_for_a_time(trio: Trio) -> None:
    scene, primary, secondary = trio
    with Attack(scene, "stop", "secondary", "--for", "10ms", pid=primary.pid) as attack:
        assert attack.wait() == 0
    assert _ask(primary).nb_received == 1
    scene.close()


@pytest.mark.parametrize("when", ["received request ping", "sending reply ping"])
def test_stopped_exactly_then_and_its_reply_comes_when_it_goes_on(trio: Trio, when: str) -> None:
    scene, primary, secondary = trio
    command = ("stop", "secondary", "--when", when)
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("waiting for")
        asked = primary.tell("mp_request_sync", name="ping", timeout="ample")
        attack.expect("is stopped until Ctrl-C")
        assert not asked.answered
        assert attack.interrupt() == 0
        assert asked.answer().nb_received == 1
    scene.close()


def test_a_command_that_is_killed_lets_it_go_on(trio: Trio) -> None:
    scene, primary, secondary = trio
    with Attack(scene, "stop", "secondary", pid=primary.pid) as attack:
        attack.expect("is stopped until Ctrl-C")
        attack.kill()
        assert _ask(primary).nb_received == 1
    scene.close()


def test_a_command_that_is_killed_while_it_waits_lets_it_go_on(trio: Trio) -> None:
    scene, primary, secondary = trio
    command = ("kill", "secondary", "--when", "received reply nothing")
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("waiting for")
        attack.kill()
        assert _ask(primary).nb_received == 1
    scene.close()


def test_an_event_that_never_comes_is_told(trio: Trio) -> None:
    scene, primary, secondary = trio
    command = ("kill", "secondary", "--when", "sent reply pong", "--within", "50ms")
    with Attack(scene, *command, pid=primary.pid) as attack:
        assert attack.wait() == 1
    assert "has not come within 0.05 s" in attack.said
    assert _ask(primary).nb_received == 1
    scene.close()


def test_who_dies_meanwhile_is_told(trio: Trio) -> None:
    scene, primary, secondary = trio
    command = ("stop", "secondary", "--when", "received request ping")
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("waiting for")
        secondary.kill()
        assert attack.wait() == 2
    assert "can come no more: whom it could come to has ended" in attack.said
    scene.close()


def test_the_second_and_not_the_first(trio: Trio) -> None:
    scene, primary, secondary = trio
    secondary.may_end(signal=signal.SIGKILL)
    command = ("kill", "secondary", "--when", "sending reply ping", "--nth", "2")
    with Attack(scene, *command, pid=primary.pid) as attack:
        attack.expect("waiting for")
        assert _ask(primary).nb_received == 1
        assert _ask(primary, "brief").rte_errno == "ETIMEDOUT"
        assert attack.wait() == 0
    secondary.wait_end()
    scene.close()


@pytest.mark.parametrize(
    "words, why",
    [
        (("kill", "nobody"), "'nobody' is nobody: say primary, secondary or a pid"),
        (("kill", "1"), "there is no 1 in rte"),
        (("kill", "primary", "--when", "recieved request x"), "'recieved' is no moment"),
        (("stop", "primary", "--when", "sent question x"), "'question' is no type"),
        (("stop", "primary", "--when", "sent reply " + "x" * 64), "a name of more than 63 bytes"),
        (("stop", "primary", "--when", "sent reply x y"), "nothing can follow the name"),
        (("stop", "primary", "--when", ""), "an event begins with one of"),
        (("kill", "primary", "--when", "sent", "--nth", "0"), "events are counted from 1"),
        (("kill", "primary", "--file-prefix", "x"), "has the file-prefix rte, not x"),
    ],
)
def test_nonsense_touches_nothing(trio: Trio, words: tuple[str, ...], why: str) -> None:
    scene, primary, secondary = trio
    with Attack(scene, *words, pid=primary.pid) as attack:
        assert attack.wait() == 2
    assert why in attack.said
    assert _ask(primary).nb_received == 1
    scene.close()


def test_who_is_traced_already_is_refused(trio: Trio) -> None:
    scene, primary, secondary = trio
    command = ("kill", "secondary", "--when", "sent reply nothing")
    with Attack(scene, *command, pid=primary.pid) as first:
        first.expect("waiting for")
        with Attack(scene, *command, pid=primary.pid) as second:
            assert second.wait() == 2
        assert f"another faults/attack (pid {first.process.pid}) is at it" in second.said
        first.interrupt()
    with Attack(scene, *command, "--within", "1ms", pid=primary.pid) as third:
        assert third.wait() == 1
    scene.close()


def test_several_secondaries_want_a_pid(trio: Trio) -> None:
    scene, primary, secondary = trio
    other = scene.secondary()
    with Attack(scene, "stop", "secondary", pid=primary.pid) as attack:
        assert attack.wait() == 2
    assert str(secondary.pid) in attack.said and str(other.pid) in attack.said
    scene.close()
