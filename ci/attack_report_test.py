# SPDX-License-Identifier: BSD-3-Clause
"""Proves that faults/attack report finds each lock of the shared memory whose holder is dead or stopped,
as the clauses of conformance/ make them, and what hangs in DPDK's own applications."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest

from conftest import PEER
from conformance.applications import tools
from conformance.eal.locks import WAYS, held, tried
from conformance.ipc_users.block import SIZE
from conformance.roles import queue_room
from conformance.rte_ring.api import shared
from conformance.rte_ring.inside import WAITS
from faults.attacks.attack_process import Attack
from faults.ghost import Ghost
from faults.process import Killed, Stopped
from faults.report.signs import known
from targets.application import Application
from targets.scene import Scene
from targets.threads import has_ipc_thread
from traffic.datagram import MpType
from traffic.eal_param import MALLOC_REQUEST, Malloc

ROOT = Path(__file__).resolve().parent.parent

# How the report calls the lock of each way, and what its holder has done with it.
SEEN = {
    "heap": "the lock of the heap of socket 0: held",
    "pages": "memory_hotplug_lock, the lock of the pages: 1 reader",
    "pages-for-writing": "memory_hotplug_lock, the lock of the pages: held for writing",
    "memzones": "mlock, the lock of the memory zones: 1 reader",
    "tailqs": "qlock, the lock of the lists of rings and the like: 1 reader",
    "tailqs-for-writing": "qlock, the lock of the lists of rings and the like: held for writing",
    "mempools": "mplock, the lock of the list of mempools: 1 reader",
    "mempools-for-writing": "mplock, the lock of the list of mempools: held for writing",
    "ports": "the lock of the ports: held for writing",
    "timers": "tlock, the lock of the timers: held for writing",
}
GROW = {"malloc": ("malloc", {"size": SIZE})}
SMALL = {"malloc": ("malloc", {"size": 64})}


def _report(scene: Scene, pid: int, *words: str) -> str:
    """What is said of a deployment in which something hangs."""
    with Attack(scene, "report", *words, pid=pid) as attack:
        assert (attack.wait(), attack.said) == (1, attack.said)
    return attack.said


@contextmanager
def _stopped(scene: Scene, one: Application) -> Iterator[None]:
    """An application is stopped while the block lasts."""
    with Attack(scene, "stop", str(one.pid), pid=one.pid) as attack:
        attack.expect("is stopped until Ctrl-C")
        yield


def _findings(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("HANGS")]


def _finding(said: str) -> str:
    """The only one that there is."""
    found = _findings(said)
    assert len(found) == 1, said
    return found[0]


@pytest.mark.parametrize("way", list(WAYS))
def test_lock_of_a_dead_process(scene: Scene, way: str) -> None:
    primary, victim = scene.primary(), scene.secondary()
    with held(way, primary, victim, Killed(victim)):
        said = _report(scene, primary.pid)
        primary.kill()
    assert f"  {SEEN[way]}\n" in said
    finding = _finding(said)
    assert ("sure" in finding) == (way in ("heap", "memzones", "ports"))
    assert ("this is B-4" in finding) == (way == "heap")
    assert f"files of dead processes are there: {victim.greeting.pid}" in said
    scene.close()


def test_every_lock_is_tried() -> None:
    assert set(SEEN) == set(WAYS)


def test_dead_holder_of_the_heap_and_who_waits(scene: Scene) -> None:
    primary, victim = scene.primary(), scene.secondary()
    with held("heap", primary, victim, Killed(victim)):
        (pending,) = tried(primary, SMALL).values()
        said = _report(scene, primary.pid)
        primary.forget(pending)
        primary.kill()
    assert re.search(r"primary \d+ \(peer\), peer-verb \d+, in .*, spins, as for .* the heap", said)
    assert "HANGS, sure: this is B-4" in said
    scene.close()


def test_lock_that_a_waiter_has_is_not_the_dead_ones(scene: Scene) -> None:
    """A process that wants to grow has the heap, and waits for the pages, which a dead one has."""
    primary, victim = scene.primary(), scene.secondary()
    with held("pages", primary, victim, Killed(victim)):
        (pending,) = tried(primary, GROW).values()
        said = _report(scene, primary.pid)
        primary.forget(pending)
        primary.kill()
    finding = _finding(said)
    assert "the pages is held all the time" in finding and "B-4" not in finding
    assert "the lock of the heap of socket 0: held\n" in said
    assert "means: a secondary died while it attached, or inside a walk over the pages" in said
    scene.close()


@pytest.mark.parametrize("words", [(), ("--no-stacks",)], ids=["stacks", "none"])
def test_stopped_holder_is_no_dead_one(scene: Scene, words: tuple[str, ...]) -> None:
    primary, holder = scene.primary(), scene.secondary()
    with held("heap", primary, holder, Stopped(holder)) as let_go:
        (pending,) = tried(primary, SMALL).values()
        said = _report(scene, primary.pid, *words)
        assert set(holder.states()) == {"T"}
    let_go()
    pending.answer()
    stopped, *locks = _findings(said)
    assert stopped == f"HANGS, sure: secondary {holder.pid} (peer) is stopped"
    assert locks and not any("B-4" in line or "nobody who lives" in line for line in locks)
    assert ("peer-verb" in locks[0]) == (not words)
    assert "do: let the stopped process go on (SIGCONT)" in said
    scene.close()


def test_healthy_pair_of_testpmd(scene: Scene) -> None:
    primary, secondary = tools.pair(scene)
    primary.type("start")  # An lcore that polls runs all the time, and hangs not.
    primary.prints("packet forwarding")
    with Attack(scene, "report", pid=secondary.pid) as attack:
        assert (attack.wait(), attack.said) == (0, attack.said)
    assert "runs all the time" in attack.said and "nothing is found to hang" in attack.said
    scene.close()


def test_testpmd_that_waits_for_a_stopped_one(scene: Scene) -> None:
    primary, secondary = tools.pair(scene)
    with _stopped(scene, secondary):
        primary.type("port attach net_null9")
        scene.wait_until(lambda: scene.queued_at(secondary), "a request to the secondary")
        said = _report(scene, primary.pid)
    assert f"HANGS, sure: secondary {secondary.pid} (dpdk-testpmd) is stopped" in said
    primary.prints("is attached|Failed to attach")
    scene.close()


def _libraries_of_a_peer() -> list[str]:
    """EAL arguments with which an application loads what a peer is linked to: a secondary that has more
    than its primary is refused."""
    said = subprocess.run(["ldd", str(PEER)], capture_output=True, text=True).stdout
    names = sorted(set(re.findall(r"^\s*(librte_\S+)", said, re.MULTILINE)))
    return [word for name in names for word in ("-d", name)]


def test_testpmd_and_a_dead_holder_of_the_heap(scene: Scene) -> None:
    scene.eal += _libraries_of_a_peer()
    primary, victim = tools.testpmd(scene), scene.secondary()
    with _stopped(scene, primary):
        asked = victim.tell("malloc", size=SIZE)
        scene.wait_until(lambda: scene.queued_at(primary), "a request for pages")
        with Killed(victim):
            victim.forget(asked)
    spun_s = primary.cpu_s(primary.pid) + 0.3
    primary.type("port attach net_null9")
    scene.wait_until(lambda: primary.cpu_s(primary.pid) > spun_s, "a testpmd that spins")
    said = _report(scene, primary.pid)
    finding = _finding(said)
    assert finding.startswith("HANGS, sure: this is B-4: ")
    assert re.search(r"testpmd\), dpdk-testpmd \d+, in rte_dev_probe.* spins, as for", said)
    primary.kill()
    scene.close()


def test_testpmd_and_a_full_queue(scene: Scene) -> None:
    primary, secondary = tools.pair(scene)
    with _stopped(scene, secondary):
        with Ghost(scene) as ghost:
            for _ in range(queue_room(scene)):
                ghost.send(MpType.MP_MSG, "fill", to=scene.socket_of(secondary))
        primary.type("port attach net_null9")
        scene.wait_until(lambda: "unix_wait_for_peer" in primary.wait_channel(), "a sender")
        said = _report(scene, primary.pid)
    who = f"secondary {secondary.pid} (dpdk-testpmd)"
    assert f"HANGS, sure: this is B-5: the queue of {who} is full" in said
    assert "to send REQ eal_dev_mp_request, len_param 136: attach net_null9" in said
    primary.prints("is attached|Failed to attach")
    scene.close()


def test_testpmd_whose_ipc_thread_is_gone(scene: Scene) -> None:
    primary, secondary = tools.pair(scene)
    with Ghost(scene) as ghost:
        ghost.send_raw(b"x")
        scene.wait_until(lambda: not has_ipc_thread(primary.pid), "the end of the IPC thread")
    finding = _finding(_report(scene, secondary.pid))
    who = f"primary {primary.pid} (dpdk-testpmd)"
    assert finding == f"HANGS, sure: this is B-2: {who} handles no IPC any more"
    scene.close()


def test_ipc_thread_that_asks_again_and_again(scene: Scene) -> None:
    """As test_silent_peer_does_not_silence_the_primary of conformance/ makes it."""
    primary = scene.primary()
    with Ghost(scene) as ghost:
        for number in (1, 2):
            ghost.send(MpType.MP_MSG, MALLOC_REQUEST, bytes(Malloc.alloc(number, SIZE)))
        ghost.expect()
        (ipc,) = primary.threads_named("rte_mp_handle")
        scene.wait_until(lambda: primary.cpu_s(ipc) > 0.1, "an IPC thread that spins")
        said = _report(scene, primary.pid)
    (finding,) = [line for line in _findings(said) if "B-3" in line]
    assert finding.endswith(f"of primary {primary.pid} (peer) spins, and reads nothing meanwhile")
    primary.kill()
    scene.close()


@pytest.mark.parametrize("row", sorted({one.row for one in known() if one.row}))
def test_what_is_recognised_is_on_record(row: str) -> None:
    record = (ROOT / "conformance" / "TRACK_RECORD.md").read_text(encoding="utf-8")
    assert f"| {row} |" in record


RING_SIGNS = {
    "SP-SC": ("ST", "2 entries"),
    "MP-MC": ("MT", "2 entries"),
    "RTS-RTS": ("RTS", "1 operations"),
    "HTS-HTS": ("HTS", "2 entries"),
}


@pytest.mark.parametrize("modes", list(RING_SIGNS))
@pytest.mark.parametrize("side", ["enqueue", "dequeue"])
def test_ring_whose_user_has_died_inside(scene: Scene, modes: str, side: str) -> None:
    primary, victim = scene.primary(), scene.secondary()
    ends = shared(primary, victim, modes)
    ends.put_all(1, 2, 3)
    name = primary.call("ring_state", ring=ends.ring).name
    keys: dict[str, Any] = {"objs": [4, 5]} if side == "enqueue" else {"n": 2}
    asked = victim.tell(f"ring_{side}_bulk", ring=ends.ring, hold=True, **keys)
    victim.expect("held")
    with Killed(victim):
        victim.forget(asked)
        said = _report(scene, primary.pid)
    finding = _finding(said)
    assert f"{side} on ring {name} has begun, and does not go on" in finding
    assert ("sure" in finding) == (modes in ("MP-MC", "RTS-RTS"))
    mode, many = RING_SIGNS[modes]
    assert f"because {mode} {side}: {many} reserved and not committed" in said
    scene.close()


def test_ring_that_is_used_hangs_not(scene: Scene) -> None:
    primary, secondary = scene.primary(), scene.secondary()
    for modes in WAITS:
        ends = shared(primary, secondary, modes)
        ends.put_all(1, 2, 3)
        assert ends.rest() == [1, 2, 3]
    with Attack(scene, "report", "--no-stacks", pid=primary.pid) as attack:
        assert (attack.wait(), attack.said) == (0, attack.said)
    scene.close()
