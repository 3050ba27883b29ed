# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scene leaves nothing behind, that scenes are strangers, and that leftovers are found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from conftest import PEER, MakeScene
from targets import isolation
from targets.isolation import Directory, Namespaces, free_hugepages
from targets.outcome import Hang, Leftover, Unavailable
from targets.scene import Scene
from targets.speed import Speed

ROOT = Path(__file__).resolve().parent.parent

OWNER = """
import sys
from pathlib import Path
from targets.scene import Scene
from targets.speed import Speed
scene = Scene(Path(sys.argv[1]), Path(sys.argv[2]), Speed(0.05))
primary, secondary = scene.primary("--vdev=net_tap0"), scene.secondary()
print(scene.isolation.namespace_holder.pid, primary.pid, secondary.pid, flush=True)
sys.stdin.read()
"""


def _gone(pids: list[int], deadline_s: float) -> bool:
    """Whether processes are all gone within the deadline (zombies are: nobody may run)."""
    _, alive = psutil.wait_procs(
        [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], deadline_s
    )
    return not alive


def test_hugepages_are_those_of_the_scene(scene: Scene) -> None:
    assert scene.hugepages() == 0
    peer = scene.primary()
    before = scene.hugepages()
    ptr = peer.call("malloc", size=4 << 20).ret
    grown = scene.hugepages() - before
    peer.call("free", ptr=ptr)
    assert (grown, scene.hugepages()) == (3, before)
    scene.close()


def test_killed_owner_leaves_nothing(tmp_path: Path, scene: Scene) -> None:
    mounts = Path("/proc/self/mounts").read_text()
    pages = free_hugepages()
    argv = [sys.executable, "-c", OWNER, str(tmp_path / "s"), str(PEER)]
    owner = subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(pids) == 3 and all(psutil.pid_exists(pid) for pid in pids)
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert _gone(pids, scene.speed.deadline_s)
    assert Path("/proc/self/mounts").read_text() == mounts
    assert not os.path.exists("/sys/class/net/dtap0")
    # Other tests take pages at the same time: at least ours must be able to come back.
    wanted = min(pages, isolation.PAGES_PER_SCENE)
    scene.wait_until(lambda: free_hugepages() >= wanted, "hugepages")
    scene.close()


def test_scenes_are_strangers(make_scene: MakeScene) -> None:
    one, two = make_scene(), make_scene()
    for scene in (one, two):
        primary, secondary = scene.primary(), scene.secondary()
        secondary.call("mp_action_register", name="ping", manner="reply")
        assert primary.call("mp_request_sync", name="ping", timeout="ample").nb_sent == 1
    assert len(one.sockets()) == len(two.sockets()) == 1
    one.close()
    two.close()


def test_process_left_behind_is_found(scene: Scene) -> None:
    scene.primary()
    scene.isolation.inside(subprocess.check_call, ["sh", "-c", "sleep 1000 & exit 0"])

    def called() -> list[str]:
        return [
            Path(f"/proc/{pid}/comm").read_text().strip() for pid in scene.isolation.processes()
        ]

    scene.wait_until(lambda: "sleep" in called(), "the shell's child to be what it is to be")
    with pytest.raises(Leftover, match="process left: sleep"):
        scene.close()


def test_wait_until_gives_up(make_scene: MakeScene) -> None:
    class Hasty(Speed):
        deadline_s = 0.1

    scene = make_scene(speed=Hasty(0.01))
    with pytest.raises(Hang, match="pigs"):
        scene.wait_until(lambda: False, "pigs that fly")


def test_broadcast_order_is_known(scene: Scene) -> None:
    scene.primary()
    first, second = scene.secondary(), scene.secondary()
    order = scene.sockets()
    assert {scene.socket_of(peer).rpartition("/")[2] for peer in (first, second)} == set(order)
    scene.close()


def test_without_hugepages_there_is_no_secondary(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "free_hugepages", lambda: 3)
    scene = make_scene()
    scene.primary()
    with pytest.raises(Unavailable, match="3 free, "):
        scene.secondary()
    scene.close()


def test_failure_without_a_free_hugepage_is_the_machines(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, whose in ((1, None), (0, "no hugepage of this machine was free any more")):
        scene = make_scene()
        monkeypatch.setattr(isolation, "free_hugepages", lambda free=free: free)
        scene.abandon(RuntimeError("refused"))
        monkeypatch.undo()
        assert scene.starvation.why == whose


def test_without_privileges_there_is_a_directory(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Namespaces, *_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(isolation.Namespaces, "__init__", refuse)
    scene = make_scene()
    assert isinstance(scene.isolation, Directory)
    made = scene.isolation.base
    scene.primary()
    assert os.path.exists(f"{scene.runtime}/mp_socket")
    with pytest.raises(Unavailable, match="namespaces and hugepages"):
        scene.secondary()
    with pytest.raises(Unavailable, match="--in-memory"):
        scene.primary("--in-memory")
    with pytest.raises(Unavailable, match="network"):
        scene.need_network()
    scene.close()
    assert not os.path.exists(made)


def test_address_can_be_taken_unseen(scene: Scene) -> None:
    import socket

    primary = scene.primary()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    address = scene.socket_of(primary)

    def bind() -> None:
        os.makedirs(os.path.dirname(address), exist_ok=True)
        sock.bind(address)

    scene.isolation.bind_unseen(bind)
    assert sock.getsockname() == address
    with scene.isolation.inside(socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        scene.isolation.inside(other.sendto, b"to the real one", address)
    sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        sock.recv(100)
    sock.close()
    primary.kill()
    scene.close()


def test_timeline_is_on_one_clock(scene: Scene) -> None:
    import json

    scene.primary().stop()
    scene.close()
    lines = [json.loads(line) for line in scene.timeline.path.read_text().splitlines()]
    whats = [line["what"] for line in lines]
    assert whats[0] == "begin" and whats[-1] == "end"
    assert {"start", "event greeting", "event ready", "tell exit"} <= set(whats)
    ready = next(line for line in lines if line["what"] == "event ready")
    assert lines[0]["at"] < ready["at"] < lines[-1]["at"]


def test_timeouts_follow_the_machine() -> None:
    fast, slow = Speed(0.01), Speed(0.5)
    for name in ("brief_s", "patience_s", "ample_s", "deadline_s", "slack_s", "late_s"):
        assert getattr(fast, name) <= getattr(slow, name)
    for speed in (fast, slow):
        assert speed.brief_s < speed.patience_s < speed.ample_s < speed.deadline_s
