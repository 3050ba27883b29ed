# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a program in another root sees that root, and keeps its directory."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from targets.isolation import MS_BIND, mount
from targets.outcome import Unavailable
from targets.root import Root
from targets.scene import Scene

PROGRAM = 'pwd; cat /only-here; echo "$0 $1"'


@pytest.fixture
def root(tmp_path: Path) -> Root:
    (tmp_path / "only-here").write_text("seen\n")
    return Root(tmp_path)


def _with_programs_of_ours(root: Root) -> None:
    for name in ("usr", "bin", "lib", "lib64"):
        (root.folder / name).mkdir()
        mount(f"/{name}", root.folder / name, flags=MS_BIND)


def test_a_program_sees_the_root_and_keeps_its_directory(root: Root, scene: Scene) -> None:
    outside = Path("/run/work")

    def run() -> str:
        _with_programs_of_ours(root)
        (root.folder / "run" / "work").mkdir(parents=True)
        outside.mkdir()
        argv = [*root.enter, "/bin/sh", "-c", PROGRAM, "one argument", "two  spaces"]
        return subprocess.run(argv, cwd=outside, stdout=subprocess.PIPE, text=True).stdout

    said = scene.isolation.inside(run)
    assert said.splitlines() == ["/run/work", "seen", "one argument two  spaces"]
    scene.close()


def test_a_path_of_the_root_is_found_outside(root: Root) -> None:
    assert root.outside("/only-here").read_text() == "seen\n"
    assert root.inside(f"{root.folder}/dev/null") == "/dev/null"
    assert root.inside("socket:[1]") == "socket:[1]"
    with pytest.raises(Unavailable, match="dpdk-testpmd is not in"):
        root.find("dpdk-testpmd")
    program = root.outside("/usr/bin/dpdk-testpmd")
    program.parent.mkdir(parents=True)
    program.touch()
    assert root.find("dpdk-testpmd") == "/usr/bin/dpdk-testpmd"
