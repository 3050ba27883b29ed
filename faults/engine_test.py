# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a relay's engine leaves nothing behind however it ends, and that its failures are ours."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from conftest import PEER
from faults.asking import ask, asking, names
from faults.deployment_view import SceneView
from faults.engine import Engine, find_engine
from faults.ghost import Ghost
from faults.helper import HelperGone, HelperRefused
from faults.relay import Passed, Relay
from targets.outcome import HarnessFault, Unavailable
from targets.scene import Scene
from traffic.datagram import MpType

# A program that becomes the one it is told, which can make no further process: a seccomp filter, because
# a limit on processes does not bind root.
WITHOUT_FORK = """#!{python}
import ctypes, errno, os, struct, sys
clones = {{"x86_64": (56, 57, 58, 435), "aarch64": (220, 435)}}[os.uname().machine]
load, equal, give, allow, fail = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000
steps = [(load, 0, 0, 0)]
steps += [(equal, len(clones) - n, 0, number) for n, number in enumerate(clones)]
steps += [(give, 0, 0, allow), (give, 0, 0, fail | errno.EAGAIN)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
filter = struct.pack("HP", len(steps), ctypes.addressof(code))
no_new_privileges, seccomp, mode_filter = 38, 22, 2
libc = ctypes.CDLL(None)
assert libc.prctl(no_new_privileges, 1, 0, 0, 0) == libc.prctl(seccomp, mode_filter, filter) == 0
os.execv("{engine}", ["{engine}", *sys.argv[1:]])
"""


def _ignore(line: dict[str, Any]) -> None:
    pass


def test_relay_without_undo_process_stands_before_nobody(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scene.socket_of(scene.primary())
    before = names(scene)
    engine = tmp_path / "relay"
    engine.write_text(WITHOUT_FORK.format(python=sys.executable, engine=find_engine()))
    engine.chmod(0o700)
    monkeypatch.setenv("GAUNTLET_RELAY", str(engine))
    why = "the relay failed: fork of the undo process: Resource temporarily unavailable"
    with pytest.raises(HarnessFault, match=why):
        with Relay(scene, path):
            pass
    assert names(scene) == before
    scene.close()


def test_engine_that_fails_itself_is_told_and_puts_everything_back(scene: Scene) -> None:
    """The engine has no descriptor left for a socket with the address of a sender that is new to it."""
    path = scene.socket_of(scene.primary())
    before = names(scene)
    inode = scene.isolation.inside(os.stat, path).st_ino
    with pytest.raises(HarnessFault, match="the relay failed: socket: Too many open files"):
        with Relay(scene, path) as relay, Ghost(scene) as ghost:
            resource.prlimit(relay.pid, resource.RLIMIT_NOFILE, (3, 3))
            ghost.send(MpType.MP_MSG, "ping")
    assert names(scene) == before
    assert scene.isolation.inside(os.stat, path).st_ino == inode
    scene.close()


def test_command_that_is_refused_is_told(scene: Scene) -> None:
    scene.primary()
    engine = Engine(SceneView(scene), _ignore)
    engine.start()
    with pytest.raises(HelperRefused, match='unknown verb "sing"; the verbs are: before, count'):
        engine.call("sing")
    with pytest.raises(HelperRefused, match='unknown key "loud" for count'):
        engine.call("count", loud=True)
    engine.end()
    scene.close()


def test_engine_that_does_not_answer_or_end_is_our_fault(scene: Scene) -> None:
    scene.primary()
    engine = Engine(SceneView(scene), _ignore)
    engine.start()
    scene.news.deadline_s = 0.2
    os.kill(engine.pid, signal.SIGSTOP)
    with pytest.raises(HarnessFault, match="no answer to count from the relay"):
        engine.call("count")
    with pytest.raises(HarnessFault, match="no end of the relay within"):
        engine.end()
    scene.close()


def test_engine_that_was_killed_is_told_at_its_end(scene: Scene) -> None:
    scene.primary()
    engine = Engine(SceneView(scene), _ignore)
    engine.start()
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(HarnessFault, match="the relay ended with -9"):
        engine.end()
    scene.close()


@pytest.mark.parametrize("argv", [[], ["--sing"], ["--control-fd=99", "/tmp"]])
def test_misuse_has_the_status_of_a_misuse(argv: list[str]) -> None:
    used = subprocess.run([find_engine(), *argv], capture_output=True)
    assert used.returncode == 2


def test_what_wakes_the_engine_is_no_datagram(scene: Scene) -> None:
    """The engine sleeps on the peer's socket, and each command of ours ends that sleep."""
    primary, secondary = asking(scene)
    with Relay(scene, scene.socket_of(secondary), "pass * ping") as relay:
        for _ in range(20):
            relay.count()
        ask(primary)
        assert relay.count()["seen"] == 1
    assert len(secondary.events("action")) == 1
    scene.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_killed_engine_leaves_everything_as_it_was(scene: Scene, how: signal.Signals) -> None:
    primary, secondary = asking(scene)
    path = scene.socket_of(secondary)
    inode, before = scene.isolation.inside(os.stat, path).st_ino, names(scene)
    relay = Relay(scene, path, "pass * ping")
    relay.inject()
    assert len(names(scene)) == len(before) + 1
    os.kill(relay.pid, how)  # Our child: its pid is not reused.
    scene.wait_until(lambda: names(scene) == before, "its undo process to put everything back")
    assert scene.isolation.inside(os.stat, path).st_ino == inode
    with pytest.raises(HelperGone, match="the relay ended with"):
        relay.count()
    relay.heal()
    assert ask(primary).nb_received == 1
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


def test_owner_that_is_gone_leaves_everything_as_it_was(scene: Scene) -> None:
    primary, secondary = asking(scene)
    before = names(scene)
    relay = Relay(scene, scene.socket_of(secondary), "pass * ping")
    relay.inject()
    relay.let_go()  # All that its owner's death does.
    scene.wait_until(lambda: names(scene) == before, "the relay to put everything back")
    relay.heal()
    assert ask(primary).nb_received == 1
    scene.close()


def test_listener_that_fails_is_told_and_harms_nobody(scene: Scene) -> None:
    primary, secondary = asking(scene)

    def fails(passed: Passed) -> None:
        raise LookupError(passed.action)

    with pytest.raises(LookupError, match="pass"):
        with Relay(scene, scene.socket_of(secondary), "pass * ping", on_datagram=fails):
            for _ in range(3):
                assert ask(primary).nb_received == 1
    assert ask(primary).nb_received == 1
    scene.close()


def test_engine_that_is_not_built_is_told(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    path = scene.socket_of(scene.primary())
    monkeypatch.setenv("GAUNTLET_RELAY", "/nowhere/relay")
    with pytest.raises(Unavailable, match="no relay at /nowhere/relay: build Gauntlet whole"):
        with Relay(scene, path):
            pass
    scene.close()
