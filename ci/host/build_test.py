# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a build ends with the command that started it, and needs no namespaces."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ci.host import build, namespaces, stale

BUILDS = """
import sys
from pathlib import Path
from ci.host import build
build.make("test", Path(sys.argv[1]), [], [])
"""


@pytest.fixture
def cmake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that stands in for CMake; what is written to the file is what it does."""
    program = tmp_path / "bin" / "cmake"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


@pytest.mark.skipif(
    namespaces.prefix()[1] is not None, reason="needs namespaces, in which a build is tied to us"
)
def test_build_ends_with_a_command_that_is_killed(cmake: Path, tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    cmake.write_text(f"#!/bin/sh\nexec > {alive}\necho begun\nsleep 1000 & wait\n")
    argv = ["/usr/bin/python3", "-c", BUILDS, str(tmp_path / "build")]
    with subprocess.Popen(argv, cwd=build.ROOT) as command, alive.open() as said:
        assert said.readline() == "begun\n"
        command.kill()
        # The last one of those who could write there has ended.
        assert said.read() == ""


def test_build_needs_no_namespaces(
    cmake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespaces, "prefix", lambda: ([], "namespaces cannot be made here"))
    cmake.write_text('#!/bin/sh\necho "$@" >> called\n')
    monkeypatch.chdir(tmp_path)
    build.make("test", tmp_path / "build", [], ["peer"])
    configured, built = (tmp_path / "called").read_text().splitlines()
    assert configured.startswith(f"-S {build.ROOT}")
    assert built.startswith(f"--build {tmp_path}/build") and built.endswith("--target peer")


def test_build_that_was_cut_off_is_made_from_the_start(
    cmake: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called = tmp_path / "called"
    cmake.write_text(f'#!/bin/sh\necho "$@" >> {called}\n')
    build.make("test", tmp_path / "tree", [], [])
    build.make("test", tmp_path / "tree", [], [])
    assert (called.read_text().count("--clean-first"), capsys.readouterr().out) == (0, "")
    with pytest.raises(KeyboardInterrupt), stale.building(tmp_path / "tree"):
        raise KeyboardInterrupt
    build.make("test", tmp_path / "tree", [], [])
    assert called.read_text().endswith(" --clean-first\n")
    said = "test: building tree from the start: the last build was cut off\n"
    assert capsys.readouterr().out == said
    build.make("test", tmp_path / "tree", [], [])
    assert called.read_text().count("--clean-first") == 1


def test_build_that_fails_is_gone_on_with(cmake: Path, tmp_path: Path) -> None:
    cmake.write_text("#!/bin/sh\necho x.cpp:1: error: no\nexit 1\n")
    with pytest.raises(build.BuildFailed, match="x.cpp:1: error: no"):
        build.make("test", tmp_path, [], [])
    with stale.building(tmp_path) as cut_off:
        assert not cut_off
