# SPDX-License-Identifier: BSD-3-Clause
"""Proves that of a program that is not ours every line is heard, and every ending known."""

from __future__ import annotations

import pytest

from conftest import PEER
from targets.application import Application, find
from targets.dpdk import Dpdk
from targets.outcome import Died, Hang, Unavailable
from targets.scene import Scene


def _run(scene: Scene, script: str) -> Application:
    """Not a DPDK program, but it ends, prints and listens like one."""
    return Application(scene, "bash", "secondary", (), ("-c", script), bare=True)


def test_lines_are_heard_in_their_order(scene: Scene) -> None:
    one = _run(scene, "echo first; echo second; printf 'half a '; read; echo line")
    assert (one.prints("f|second"), one.prints("second")) == ("first", "second")
    assert one.prints("half") == "half a "
    assert one.asked("go", "line").endswith("line")
    assert (one.ends(), one.output) == ("exit 0", "first\nsecond\nhalf a line\n")
    scene.close()


@pytest.mark.parametrize("script, how", [("exit 3", "exit 3"), ("kill -SEGV $$", "SIGSEGV")])
def test_its_end_is_told(scene: Scene, script: str, how: str) -> None:
    assert _run(scene, script).ends() == how
    scene.close()


def test_it_says_something_or_ends(scene: Scene) -> None:
    assert _run(scene, "echo ready; read").prints_or_ends("ready") == "ready"
    assert _run(scene, "exit 1").prints_or_ends("ready") == "exit 1"
    scene.close()


def test_what_it_does_not_say_is_a_hang(scene: Scene) -> None:
    one = _run(scene, "echo other; read")
    with pytest.raises(Hang, match="line 'ready' of bash-secondary1"):
        one.prints("ready", deadline_s=0.2)
    scene.close()


def test_an_end_that_nobody_asked_for_fails(scene: Scene) -> None:
    one = _run(scene, "exit 1")
    with pytest.raises(Died, match="bash-secondary1"):
        one.prints("ready")
    with pytest.raises(Died):
        scene.close()


def test_one_that_is_not_installed_is_told() -> None:
    with pytest.raises(Unavailable, match="dpdk-nothing is not installed"):
        find("dpdk-nothing", Dpdk(PEER))
