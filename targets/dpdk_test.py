# SPDX-License-Identifier: BSD-3-Clause
"""Proves that a scene starts each process from the DPDK that is named, and what a run is told of it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

import pytest

from conftest import PEER, MakeScene
from targets.dpdk import Dpdk, beside, other_of_environment
from targets.isolation import CLONE_FS, CLONE_NEWNS, MS_BIND, MS_PRIVATE, MS_REC, mount, unshare
from targets.root import REPOSITORY, Root
from targets.scene import Scene

OF_OURS = ("usr", "bin", "lib", "lib64", "tmp")
MOUNTED = ("dev", "proc", "run", "sys", "var", str(REPOSITORY).lstrip("/"))


def _in_a_root_like_ours(folder: Path, make: Callable[[], Scene]) -> Scene:
    """A scene whose namespaces begin as those of a thread that has mounted this machine's files in a
    folder."""

    def mount_and_make() -> Scene:
        unshare(CLONE_FS | CLONE_NEWNS)
        mount("none", "/", flags=MS_REC | MS_PRIVATE)
        for name in (*OF_OURS, *MOUNTED):
            (folder / name).mkdir(parents=True)
        for name in OF_OURS:
            mount(f"/{name}", folder / name, flags=MS_BIND)
        (folder / "var" / "run").symlink_to("/run")
        return make()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(mount_and_make).result()


def test_processes_of_two_dpdks_share_a_scene(make_scene: MakeScene, tmp_path: Path) -> None:
    other = Dpdk(PEER, Root(tmp_path / "root"))
    scene = _in_a_root_like_ours(tmp_path / "root", lambda: make_scene(beside=(other,)))
    if scene.isolation.no_secondary:
        pytest.skip(scene.isolation.no_secondary)
    primary = scene.primary()
    secondary = scene.secondary(dpdk=other)
    primary.call("mp_action_register", name="ping", manner="reply")
    assert secondary.call("mp_request_sync", name="ping", timeout="ample").nb_received == 1
    roots = [os.readlink(f"/proc/{peer.pid}/root") for peer in (primary, secondary)]
    assert roots == ["/", str(tmp_path / "root")]
    assert [peer.dpdk for peer in (primary, secondary)] == [scene.dpdk, other]
    scene.close()


def test_process_has_the_environment_of_its_dpdk(make_scene: MakeScene) -> None:
    other = Dpdk(PEER, libraries="/only/of/the/other")
    with make_scene(beside=(other,)) as scene:
        seen = []
        for dpdk in (None, other):
            peer = scene.start("primary", hold=True, dpdk=dpdk)
            seen.append("/only/of/the/other" in Path(f"/proc/{peer.pid}/environ").read_text())
    assert seen == [False, True]


def test_second_dpdk_is_told_beside_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert other_of_environment() is None
    mine = {"GAUNTLET_PEER": "/mine", "LD_LIBRARY_PATH": "/my/lib"}
    in_a_root = {"GAUNTLET_PEER": "/other", "GAUNTLET_ROOT": "/root"}
    told = beside(mine, in_a_root)
    assert told.items() >= mine.items()
    for key, value in told.items():
        monkeypatch.setenv(key, value)
    assert other_of_environment() == Dpdk(Path("/other"), Root(Path("/root")), libraries="")
    assert Dpdk(Path("/other"), libraries="").environment == {"LD_LIBRARY_PATH": ""}


def test_installed_dpdk_has_its_libraries_and_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {"GAUNTLET_PEER": "/p", "LD_LIBRARY_PATH": "/lib", "GAUNTLET_PROGRAMS": "/bin"}
    for key, value in beside({}, installed).items():
        monkeypatch.setenv(key, value)
    assert other_of_environment() == Dpdk(Path("/p"), None, "/lib", Path("/bin"))
