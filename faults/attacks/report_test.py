# SPDX-License-Identifier: BSD-3-Clause
"""Proves that report says what hangs, why, and how sure that is, finds nothing where nothing hangs, and
touches nobody."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import MakeScene
from faults.attacks.attack_process import Attack
from faults.ghost import Ghost
from faults.process import Killed, Stopped
from targets.peer import Peer
from targets.scene import Scene
from targets.threads import INTERRUPT_THREADS, IPC_THREADS, has_ipc_thread

Cast = tuple[Any, ...]

# Of a request that lasts until the test lets it be answered, however long the reports take.
LONG = {"sec": 3600, "nsec": 0}


@pytest.fixture
def cast(scene: Scene) -> tuple[Scene, Peer, Peer]:
    """A scene, its primary, and a secondary that answers "ping"."""
    primary, secondary = scene.primary(), scene.secondary()
    secondary.call("mp_action_register", name="ping", manner="reply")
    return scene, primary, secondary


def _report(scene: Scene, pid: int, status: int, *words: str) -> str:
    """What the report says, which must end with this status."""
    with Attack(scene, "report", *words, pid=pid) as attack:
        assert (attack.wait(), attack.said) == (status, attack.said)
    return attack.said


def _findings(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("HANGS")]


def _name(peer: Peer) -> str:
    return f"{peer.name.rstrip('0123456789')} {peer.pid} (peer)"


def _queue_room(scene: Scene) -> int:
    with open("/proc/sys/net/unix/max_dgram_qlen", encoding="ascii") as limit:
        return int(scene.isolation.inside(limit.read)) + 1


def _fill(scene: Scene, sender: Peer) -> None:
    for _ in range(_queue_room(scene)):
        sender.call("mp_sendmsg", name="fill")


@pytest.mark.parametrize("words", [(), ("--no-stacks",)])
def test_healthy_pair_has_no_finding(cast: Cast, words: tuple[str, ...]) -> None:
    scene, primary, secondary = cast
    said = _report(scene, primary.pid, 0, *words)
    assert "nothing is found to hang" in said and not _findings(said)
    assert f"secondary {secondary.pid}, since" in said and "release 22.11" in said
    assert "locks, none held all the time" in said
    assert ("start_thread" in said) == (not words)
    assert primary.call("mp_request_sync", name="ping", timeout="ample").nb_received == 1
    scene.close()


def test_ipc_thread_that_is_gone(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Ghost(scene) as ghost:
        ghost.send_raw(b"x")
        scene.wait_until(lambda: not has_ipc_thread(primary.pid), "the end of the IPC thread")
    said = _report(scene, primary.pid, 1)
    assert _findings(said) == [
        f"HANGS, sure: this is B-2: {_name(primary)} handles no IPC any more"
    ]
    assert "  do: restart the process: nothing starts the thread again" in said
    scene.close()


def test_stopped_receiver_and_the_sender_that_waits_for_it(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Stopped(secondary):
        _fill(scene, primary)
        blocked = primary.tell("mp_request_sync", name="ping", timeout=LONG)
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a sender")
        said = _report(scene, primary.pid, 1)
        assert set(secondary.states()) == {"T"}
    stopped, full = _findings(said)
    assert stopped == f"HANGS, sure: {_name(secondary)} is stopped"
    assert full.startswith(f"HANGS, sure: this is B-5: the queue of {_name(secondary)} is full")
    waits = f"waits for room in the queue of {_name(secondary)}, to send REQ ping, len_param 0"
    assert f"in rte_mp_request_sync, {waits}" in said
    assert blocked.answer().nb_received == 1
    scene.close()


def test_newcomer_waits_for_the_lock_of_a_sender_that_waits(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Stopped(secondary):
        _fill(scene, primary)
        blocked = primary.tell("mp_request_sync", name="ping", timeout=LONG)
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a sender")
        newcomer = scene.start("secondary")
        scene.wait_until(lambda: "lock" in newcomer.wait_channel("peer"), "a wait for a lock")
        said = _report(scene, primary.pid, 1)
    lock = f"waits for the lock of {scene.runtime.replace('/var', '')}, which {_name(primary)} has"
    assert f"secondary {newcomer.pid} (peer), peer {newcomer.pid}, in rte_eal_init, {lock}" in said
    newcomer.expect("ready")
    assert blocked.answer().nb_received == 1
    scene.close()


def test_vdev_scan_of_a_newcomer(scene: Scene) -> None:
    vdevs = [f"--vdev=net_null{number}" for number in range(_queue_room(scene) // 2 + 1)]
    primary, secondary = scene.primary(*vdevs), scene.secondary()
    with Stopped(secondary):
        first, second = scene.start("secondary"), scene.start("secondary")
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a sender")
        # DPDK's own timeout is 5 s, and stacks take their time.
        said = _report(scene, primary.pid, 1, "--no-stacks")
    assert "to send MSG bus_vdev_mp" in said
    assert f"waits for the reply of {_name(primary)} to bus_vdev_mp; its timeout is in" in said
    assert f"this is B-5: the queue of {_name(secondary)} is full" in said
    for one in (first, second):
        one.expect("ready")
    scene.close()


def test_reply_that_is_waited_for(cast: Cast) -> None:
    scene, primary, secondary = cast
    secondary.call("mp_action_register", name="slow", manner="late")
    asked = primary.tell("mp_request_sync", name="slow", timeout=LONG)
    secondary.expect("action")
    said = _report(scene, primary.pid, 0)
    assert f"waits for the reply of {_name(secondary)} to slow; its timeout is in" in said
    secondary.call("release_action", name="slow")
    assert asked.answer().nb_received == 1
    scene.close()


def test_both_eal_threads_wait_for_each_other(scene: Scene) -> None:
    """As test_reply_at_the_moment_of_the_timeout_hangs_nobody of conformance/ makes it."""
    primary, slow, full = scene.primary(), scene.secondary(), scene.secondary()
    slow.call("mp_action_register", name="ping", manner="late")
    full.call("mp_action_register", name="ping", manner="reply")
    # Long enough for all that is to happen before it is over.
    timeout = {"sec": int(4 * scene.speed.patience_s) + 1, "nsec": 0}
    assert primary.call("mp_request_async", name="ping", timeout=timeout).ret == 0
    slow.expect("action")
    full.expect("replied")
    full.call("mp_action_register", name="settle")
    primary.call("mp_sendmsg", name="settle")
    full.expect("action", action="settle")
    with Stopped(full):
        _fill(scene, primary)
        sender = primary.tell("mp_request_sync", name="blocked", timeout=LONG)
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a sender")
        slow.call("release_action", name="ping")
        for threads in (IPC_THREADS, INTERRUPT_THREADS):
            scene.wait_until(lambda: "futex" in primary.wait_channel(*threads), "a waiter")
        # A stack would change the order in which the two get their mutex.
        said = _report(scene, primary.pid, 1, "--no-stacks")
        assert "this is B-5" in said
        assert "waits for a mutex that peer-verb" in said
    (ipc,) = primary.threads_named("rte_mp_handle")
    scene.wait_until(lambda: primary.cpu_s(ipc) > 0.05, "an IPC thread that spins")
    said = _report(scene, primary.pid, 1)
    assert "HANGS, sure: the IPC thread and the interrupt thread of" in said
    assert "is in rte_eal_alarm_cancel" in said
    primary.forget(sender)
    primary.kill()
    scene.close()


def test_negative_timeout_spins(cast: Cast) -> None:
    scene, primary, secondary = cast
    asked = primary.tell("mp_request_sync", name="none", timeout={"sec": 0, "nsec": -(2 * 10**9)})
    scene.wait_until(
        lambda: any(primary.cpu_s(tid) > 0.05 for tid in primary.threads_named("peer-verb")),
        "a thread that spins",
    )
    said = _report(scene, primary.pid, 1)
    assert _findings(said) == [
        f"HANGS, sure: this is B-14: {_name(primary)} spins in rte_mp_request_sync"
    ]
    primary.forget(asked)
    primary.kill()
    scene.close()


def _asks_inside_its_action(primary: Peer, secondary: Peer) -> None:
    """The primary's IPC thread waits for a reply that only itself could read."""
    ask = {"verb": "mp_request_sync", "name": "unanswered", "timeout": LONG}
    primary.call("mp_action_register", name="go", manner="silent", inside=ask)
    secondary.call("mp_action_register", name="unanswered", manner="silent")
    secondary.call("mp_sendmsg", name="go")
    secondary.expect("action")


def test_ipc_thread_that_asks(cast: Cast) -> None:
    scene, primary, secondary = cast
    _asks_inside_its_action(primary, secondary)
    (finding,) = _findings(_report(scene, secondary.pid, 1, "--no-stacks"))
    who = f"the IPC thread of {_name(primary)}"
    assert finding == f"HANGS: {who} waits for a reply, which only itself could read"
    scene.close()


def test_mutex_of_a_thread_that_cleanup_has_ended(cast: Cast) -> None:
    scene, primary, secondary = cast
    _asks_inside_its_action(primary, secondary)
    assert primary.cleanup().ret == 0
    after = primary.tell("mp_request_sync", name="next", timeout="brief")
    scene.wait_until(lambda: "futex" in primary.wait_channel("peer-verb"), "a waiter")
    said = _report(scene, primary.pid, 1)
    what = f"HANGS, sure: process {primary.pid} (peer) waits for a mutex that nobody can release"
    assert _findings(said) == [what]
    assert "do: end the process: it can do no more IPC" in said
    primary.forget(after)
    primary.kill()
    scene.close()


def test_dead_primary_is_told(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Killed(primary):
        said = _report(scene, secondary.pid, 1)
    (finding,) = _findings(said)
    assert finding == f"HANGS, sure: the primary is dead, and {_name(secondary)} lives on"
    assert "socket mp_socket: nobody has it any more" in said
    secondary.kill()
    scene.close()


def test_secondary_of_another_deployment_of_this_prefix_is_none(
    cast: Cast, make_scene: MakeScene
) -> None:
    scene, primary, _ = cast
    other = make_scene()
    alone = other.start("secondary", "--no-shconf")
    other.wait_until(lambda: alone.cpu_s(alone.pid) > 0.3, "a secondary that spins")
    assert "HANGS" not in _report(scene, primary.pid, 0)
    alone.kill()
    other.close()
    scene.close()


def test_secondary_that_shares_nothing(cast: Cast) -> None:
    scene, primary, secondary = cast
    alone = scene.start("secondary", "--no-shconf")
    scene.wait_until(lambda: alone.cpu_s(alone.pid) > 0.3, "a secondary that spins")
    said = _report(scene, primary.pid, 1)
    assert f"this is B-19: secondary {alone.pid} (peer) says it is a secondary" in said
    alone.kill()
    scene.close()


def test_traced_process_has_no_stack(cast: Cast) -> None:
    scene, primary, secondary = cast
    with Attack(scene, "kill", "secondary", "--when", "sent reply no", pid=primary.pid) as tracing:
        tracing.expect("waiting for")
        said = _report(scene, primary.pid, 0)
        tracing.interrupt()
    assert "    traced by pid " in said and f"stacks of {_name(primary)}:" in said
    assert f"stacks of {_name(secondary)}:" not in said
    scene.close()


def test_who_is_no_terminal_is_told_of_no_stacks(cast: Cast) -> None:
    scene, primary, _ = cast
    attack = Attack(scene, "report", pid=primary.pid)
    assert attack.words.pop() == "--yes"
    with attack:
        assert attack.wait() == 2
    assert "say --yes; --no-stacks holds nobody and does not ask" in attack.said
    scene.close()


@pytest.mark.parametrize(
    "words, why",
    [
        (("report", "--file-prefix", "gone"), "has the file-prefix rte, not gone"),
        (("report", "--for", "soon"), "argument --for: invalid duration_s value: 'soon'"),
    ],
)
def test_nonsense_is_refused(cast: Cast, words: tuple[str, ...], why: str) -> None:
    scene, primary, _ = cast
    with Attack(scene, *words, pid=primary.pid) as attack:
        assert attack.wait() == 2
    assert why in attack.said
    scene.close()
