# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a tool is around the processes that are meant, and that all that it says is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from conftest import MakeScene
from targets import gdb, under
from targets.outcome import Hang, HarnessFault
from targets.scene import Scene
from targets.under import Under


def test_tool_and_processes_are_read() -> None:
    assert under.parse("strace") == Under("strace")
    assert under.parse("gdb:primary1,secondary2") == Under(
        "gdb", frozenset({"primary1", "secondary2"})
    )
    assert str(under.parse("gdb:b,a")) == "gdb:a,b"


@pytest.mark.parametrize("text", ["", "perf", "strace:", "strace:a,,b"])
def test_what_is_no_tool_is_told(text: str) -> None:
    with pytest.raises(
        ValueError, match="say strace, valgrind, gdb, or strace:primary1,secondary1"
    ):
        under.parse(text)


def test_trace_is_whole_and_of_one_process(make_scene: MakeScene) -> None:
    scene = make_scene(under=under.parse("strace:secondary1"))
    primary, secondary = scene.primary(), scene.secondary()
    assert primary.call("nothing") and secondary.call("nothing")
    secondary.kill()
    scene.close()
    last = (secondary.directory / "strace").read_text().splitlines()[-1]
    assert last.endswith("+++ killed by SIGKILL +++")
    assert not (primary.directory / "strace").exists()


def test_tool_that_does_not_end_is_no_breach(
    make_scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(under=under.parse("strace"))
    monkeypatch.setattr(scene.isolation, "processes", lambda: [os.getpid()])
    monkeypatch.setattr(scene, "_name", lambda pid: "strace")
    scene.news.deadline_s = 0.1
    with pytest.raises(HarnessFault, match="strace does not end"):
        scene.close()


def test_gdb_tells_of_who_hangs_and_of_a_core(make_scene: MakeScene) -> None:
    scene = make_scene(under=under.parse("gdb:primary1"))
    primary, secondary = scene.primary(), scene.secondary()
    scene.abandon(Hang("it ends", "it hangs"))
    told = (primary.directory / "gdb").read_text()
    assert "rte_mp_handle" in told and "recvmsg" in told
    assert not (secondary.directory / "gdb").exists()


def test_gdb_that_finds_nothing_says_so(tmp_path: Path) -> None:
    assert "No such file" in gdb.of_core(tmp_path / "core", tmp_path / "peer", None)


def test_without_a_tool_the_command_is_the_peers(scene: Scene) -> None:
    primary = scene.primary()
    assert Path(primary.command[0]).name == "peer" and primary.under is None
    scene.close()
