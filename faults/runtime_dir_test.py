# SPDX-License-Identifier: BSD-3-Clause
"""Proves that each place is what it says while the block lasts, and as before when it is over."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from faults.runtime_dir import Foreign, Full, Gone, Locked, ReadOnly, Stale
from targets.outcome import Inconclusive, Unavailable
from targets.scene import Scene


def _makes(scene: Scene, data: bytes = b"x") -> str:
    """The result of making a file in the runtime directory."""
    path = Path(scene.runtime, "made")

    def make() -> str:
        try:
            path.write_bytes(data)
            return "made"
        except OSError as error:
            return os.strerror(error.errno or 0)
        finally:
            if path.exists() and not os.statvfs(path).f_flag & os.ST_RDONLY:
                path.unlink()

    return scene.isolation.inside(make)


@pytest.mark.parametrize(
    "place, said",
    [
        (Gone, "No such file or directory"),
        (ReadOnly, "Read-only file system"),
        (Full, "No space left on device"),
        (lambda scene: Full(scene, inodes=True), "No space left on device"),
    ],
    ids=["gone", "read-only", "full", "full-of-files"],
)
def test_nothing_can_be_made_and_then_it_can(scene: Scene, place, said: str) -> None:  # type: ignore
    scene.primary()
    names = sorted(scene.isolation.inside(os.listdir, scene.runtime))
    assert _makes(scene) == "made"
    with place(scene):
        assert _makes(scene) == said
    assert _makes(scene) == "made"
    assert sorted(scene.isolation.inside(os.listdir, scene.runtime)) == names
    scene.close()


def test_a_new_directory_gives_way_to_the_old_one(scene: Scene) -> None:
    scene.primary()
    names = sorted(scene.isolation.inside(os.listdir, scene.runtime))
    with Gone(scene):
        scene.isolation.inside(os.makedirs, f"{scene.runtime}/new")
    assert sorted(scene.isolation.inside(os.listdir, scene.runtime)) == names
    scene.close()


def test_gone_knows_when_it_did_not_bite(scene: Scene) -> None:
    scene.primary()
    with pytest.raises(Inconclusive, match="runtime directory gone did not bite"):
        with Gone(scene) as fault:
            fault.heal()
    scene.close()


def test_locked_knows_when_it_did_not_bite(scene: Scene) -> None:
    scene.primary()
    with Locked(scene):
        pass
    with Locked(scene, shared=True), Locked(scene, shared=True):
        pass
    with pytest.raises(Inconclusive, match="runtime directory locked did not bite"):
        with Locked(scene) as fault:
            fault.heal()
    scene.close()


def test_stale_touches_nobody_who_lives(scene: Scene) -> None:
    primary = scene.primary()
    with Stale(scene, sockets=3):
        assert len(scene.sockets()) == 3
        assert f"{scene.runtime}/mp_socket" in primary.unix_sockets()
    config = scene.isolation.inside(Path(scene.runtime, "config").read_bytes)
    assert not config.startswith(b"nonsense")
    scene.close()


def test_nobody_may_not_look_into_a_foreign_directory(scene: Scene) -> None:
    scene.primary()
    with Foreign(scene) as fault:
        assert isinstance(fault, Foreign)
        looks = [*fault.as_nobody, "ls", scene.runtime]
        done = scene.isolation.inside(lambda: subprocess.run(looks, capture_output=True, text=True))
        assert "Permission denied" in done.stderr
        scene.isolation.inside(os.chmod, scene.runtime, 0o700)
    with pytest.raises(Inconclusive):
        with Foreign(scene):
            scene.isolation.inside(os.chmod, scene.runtime, 0o755)
    scene.close()


def test_without_mounts_of_its_own_nothing_is_tried(scene: Scene) -> None:
    scene.isolation.no_network = "this is a plain container"
    with pytest.raises(Unavailable, match="mounts of its own: this is a plain container"):
        with Gone(scene):
            pass
    scene.isolation.no_network = None
    scene.close()
