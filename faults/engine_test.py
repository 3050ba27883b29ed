# SPDX-License-Identifier: BSD-3-Clause
"""Proves that what a relay's engine fails at is Gauntlet's own fault, with nothing left behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from faults.engine import Engine, find_engine
from faults.ghost import Ghost
from faults.helper import HelperRefused
from faults.relay import Relay
from faults.where import InScene
from targets.outcome import HarnessFault
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


def _names(scene: Scene) -> list[str]:
    return sorted(scene.isolation.inside(os.listdir, scene.runtime))


def test_relay_without_undo_process_stands_before_nobody(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scene.socket_of(scene.primary())
    names = _names(scene)
    engine = tmp_path / "relay"
    engine.write_text(WITHOUT_FORK.format(python=sys.executable, engine=find_engine()))
    engine.chmod(0o700)
    monkeypatch.setenv("GAUNTLET_RELAY", str(engine))
    why = "the relay failed: fork of the undo process: Resource temporarily unavailable"
    with pytest.raises(HarnessFault, match=why):
        with Relay(scene, path):
            pass
    assert _names(scene) == names
    scene.close()


def test_engine_that_fails_itself_is_told_and_puts_everything_back(scene: Scene) -> None:
    """The engine has no descriptor left for a socket with the address of a sender that is new to it."""
    path = scene.socket_of(scene.primary())
    names = _names(scene)
    inode = scene.isolation.inside(os.stat, path).st_ino
    with pytest.raises(HarnessFault, match="the relay failed: socket: Too many open files"):
        with Relay(scene, path) as relay, Ghost(scene) as ghost:
            resource.prlimit(relay.pid, resource.RLIMIT_NOFILE, (3, 3))
            ghost.send(MpType.MP_MSG, "ping")
    assert _names(scene) == names
    assert scene.isolation.inside(os.stat, path).st_ino == inode
    scene.close()


def test_command_that_is_refused_is_told(scene: Scene) -> None:
    scene.primary()
    engine = Engine(InScene(scene), _ignore)
    engine.start()
    with pytest.raises(HelperRefused, match='unknown verb "sing"; the verbs are: before, count'):
        engine.call("sing")
    with pytest.raises(HelperRefused, match='unknown key "loud" for count'):
        engine.call("count", loud=True)
    engine.end()
    scene.close()


def test_engine_that_does_not_answer_or_end_is_our_fault(scene: Scene) -> None:
    scene.primary()
    engine = Engine(InScene(scene), _ignore)
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
    engine = Engine(InScene(scene), _ignore)
    engine.start()
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(HarnessFault, match="the relay ended with -9"):
        engine.end()
    scene.close()


@pytest.mark.parametrize("argv", [[], ["--sing"], ["--control-fd=99", "/tmp"]])
def test_misuse_has_the_status_of_a_misuse(argv: list[str]) -> None:
    used = subprocess.run([find_engine(), *argv], capture_output=True)
    assert used.returncode == 2
