# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a peer's owner learns of everything: answers, events, refusals, hangs, every ending."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from conftest import MakeScene
from targets.outcome import Breach, Died, Hang, HarnessFault, Leftover
from targets.peer import EAL_FAILED, Peer, Refused
from targets.scene import Scene
from targets.threads import IPC_THREADS


def test_greeting_comes_before_init(scene: Scene) -> None:
    peer = scene.start("primary", hold=True)
    assert peer.greeting.dpdk.startswith("DPDK ")
    assert peer.events("ready") == []
    peer.call("eal_init")
    peer.expect("ready")
    scene.close()


def test_peer_that_never_greets_is_our_own_fault(make_scene: MakeScene) -> None:
    scene = make_scene(argv_prefix=("false",))
    with pytest.raises(HarnessFault, match=r"primary1 ended \(exit 1\) and never greeted"):
        scene.primary()
    assert scene.reports() == []
    scene.close()


def test_peer_that_crashes_before_it_greets_has_died(make_scene: MakeScene) -> None:
    """DPDK's libraries are loaded by then, and their constructors have run."""
    scene = make_scene(argv_prefix=("sh", "-c", "kill -SEGV $$"))
    with pytest.raises(Died, match="SIGSEGV"):
        scene.primary()
    with pytest.raises(Died):
        scene.close()


def test_impossible_command_is_refused(scene: Scene) -> None:
    peer = scene.primary()
    impossible: list[tuple[str, dict[str, Any]]] = [
        ("shout", {}),
        ("mp_sendmsg", {"nmae": "x"}),
        ("open", {"path": 5}),
    ]
    for verb, keys in impossible:
        with pytest.raises(Refused):
            peer.call(verb, **keys)
    with pytest.raises(Refused, match="not created or looked up"):
        peer.call("ring_state", ring="0x10")
    scene.close()


def test_unmapped_memory_is_told_and_survived(scene: Scene) -> None:
    peer = scene.primary()
    mapped = peer.call("malloc", size=64).ret
    assert peer.call("write_memory", ptr=mapped, data=b"seen").ret == 4
    assert peer.call("read_memory", ptr=mapped, count=4).data == b"seen".hex()
    refused = peer.call("write_memory", ptr="0x1000", data=b"lost")
    assert (refused.ret, refused.errno) == (-1, "EFAULT")
    assert peer.call("read_memory", ptr="0x1000", count=4).errno == "EFAULT"
    # What could not be put there has gone nowhere else.
    assert peer.call("read_memory", ptr=mapped, count=4).data == b"seen".hex()
    with pytest.raises(Refused, match="bytes at a time"):
        peer.call("read_memory", ptr=mapped, count=4097)
    scene.close()


def test_event_can_be_asked_for_without_a_word(scene: Scene) -> None:
    peer = scene.start("primary", hold=True)
    assert not peer.said("ready")
    peer.call("eal_init")
    scene.wait_until(lambda: peer.said("ready"), "the event")
    peer.expect("ready")
    assert not peer.said("ready")
    scene.close()


def test_unknown_device_is_refused(scene: Scene) -> None:
    peer = scene.primary("--vdev=net_null0")
    with pytest.raises(Refused, match="has no device net_null1"):
        peer.call("dev_remove", dev="net_null1")
    scene.close()


def test_blocked_verb_does_not_deafen(scene: Scene) -> None:
    peer = scene.primary()
    peer.call("mp_action_register", name="hold", manner="hold")
    blocked = peer.tell("ring_consume", ring=_ring(peer), burst=1, count=1, path="/dev/null")
    assert peer.call("heap_in_use").bytes > 0
    assert not blocked.answered
    peer.call("stop", of=blocked.id)
    assert blocked.answer().ret == 0
    scene.close()


def _ring(peer: Peer) -> str:
    return str(peer.call("ring_create", name="r", count=8).ring)


def test_signal_is_a_fact_not_a_command(scene: Scene) -> None:
    peer = scene.primary()
    peer.send_signal(signal.SIGTERM)
    assert peer.expect("signal").signal == signal.SIGTERM
    scene.close()


def test_undeclared_death_fails_at_once(scene: Scene) -> None:
    primary, victim = scene.primary(), scene.secondary()
    waiting = primary.tell("mp_request_sync", name="ping", timeout="ample")
    victim.send_signal(signal.SIGABRT)
    with pytest.raises(Died, match="secondary1 died: SIGABRT"):
        primary.expect("what will never come")
    primary.forget(waiting)
    with pytest.raises(Died, match="secondary1 died: SIGABRT"):
        scene.close()


def test_core_of_a_death_gets_its_backtrace(scene: Scene) -> None:
    victim = scene.primary()
    victim.send_signal(signal.SIGSEGV)
    with pytest.raises(Died):
        victim.wait_end()
    with pytest.raises(Died):
        scene.close()
    if not victim.cores():
        pytest.skip("this kernel's core_pattern does not put cores into the working directory")
    assert "main" in (victim.directory / f"{victim.cores()[0].name}.stacks").read_text()


def test_declared_death_is_no_failure(scene: Scene) -> None:
    victim = scene.primary()
    victim.may_end(signal=signal.SIGSEGV)
    victim.send_signal(signal.SIGSEGV)
    assert str(victim.wait_end()) == "SIGSEGV"
    scene.close()
    assert victim.cores() == []


def test_ending_may_be_declared_when_it_has_come(scene: Scene) -> None:
    """A peer on a busy machine may be quicker than who declares how it may end."""
    peer = scene.start("primary", "--no-such-option")
    with pytest.raises(Died):
        scene.wait_until(lambda: False, "its end")
    peer.may_end(code=3)
    with pytest.raises(Died):
        scene.raise_undeclared()
    peer.may_end(code=EAL_FAILED)
    scene.raise_undeclared()
    scene.close()


def test_other_ending_than_declared_fails(scene: Scene) -> None:
    victim = scene.primary()
    victim.may_end(code=0)
    victim.send_signal(signal.SIGKILL)
    with pytest.raises(Died, match="died: SIGKILL"):
        victim.wait_end()


def test_hang_comes_with_the_stack_of_every_thread(scene: Scene) -> None:
    primary = scene.primary()
    with pytest.raises(Hang, match="event never of primary1"):
        primary.expect("never", deadline_s=0.2)
    text = (primary.directory / "stacks").read_text()
    assert any(name in text for name in IPC_THREADS) and "TID" in text
    scene.close()


def test_timeout_that_dpdk_was_given_is_no_hang(scene: Scene) -> None:
    primary, responder = scene.primary(), scene.secondary()
    responder.call("mp_action_register", name="ping", manner="silent")
    scene.news.deadline_s = scene.speed.patience_s / 2
    assert primary.call("mp_request_sync", name="ping", timeout="patience").rte_errno == "ETIMEDOUT"
    primary.call("mp_request_async", name="ping", timeout="patience")
    assert primary.expect("async_reply").nb_received == 0
    with pytest.raises(Hang, match="event never of primary1"):
        primary.expect("never")


def test_unanswered_call_is_a_leftover(scene: Scene) -> None:
    peer = scene.primary()
    peer.tell("ring_consume", ring=_ring(peer), burst=1, count=1, path="/dev/null")
    with pytest.raises(Leftover, match="ring_consume"):
        scene.close()


def test_stop_is_a_clean_end(scene: Scene) -> None:
    peer = scene.primary()
    peer.stop()
    assert str(peer.ending) == "exit 0"
    scene.close()


def test_failed_init_is_told(scene: Scene) -> None:
    failed = scene.failing("primary", "--no-such-option")
    assert failed.ret == -1
    with pytest.raises(Breach):
        scene.primary("--no-such-option")


def test_paused_peer_stands_still(scene: Scene) -> None:
    peer = scene.primary()
    peer.pause()
    pending = peer.tell("heap_in_use")
    with pytest.raises(Hang):
        pending.answer(deadline_s=0.2)
    peer.resume()
    assert pending.answer().bytes > 0
    scene.close()


def test_program_that_is_not_there_is_our_own_fault(make_scene: MakeScene) -> None:
    scene = make_scene(argv_prefix=("/no/such/program",))
    with pytest.raises(HarnessFault, match="primary1 cannot be started: .*no/such/program"):
        scene.primary()
    scene.close()


def test_state_of_each_thread_is_told(scene: Scene) -> None:
    peer = scene.primary()
    running = peer.states()
    peer.pause()
    stopped = peer.states()
    peer.resume()
    assert (len(running) == len(peer.threads()), set(stopped)) == (True, {"T"})


def test_start_that_fails_says_why(scene: Scene) -> None:
    scene.primary()
    said = r"secondary1 died: exit 71\nrte_eal_init failed, rte_errno EINVAL\nEAL: Invalid"
    with pytest.raises(Died, match=said):
        scene.secondary("--main-lcore=99")
    scene.peers[1].may_end(code=EAL_FAILED)
