# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures of the unit tests (x_test.py beside x.py). The clauses have their own in conformance/."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Generator

import pytest

from targets import speed
from targets.scene import Scene
from targets.speed import Speed

PEER = Path(__file__).parent / "build" / "targets" / "peer"

MakeScene = Callable[..., Scene]


@pytest.fixture(scope="session")
def measured() -> Speed:
    """How fast this machine is."""
    return speed.measure(PEER)


@pytest.fixture
def make_scene(tmp_path: Path, measured: Speed) -> Generator[MakeScene, None, None]:
    """Makes scenes that are ended whatever becomes of the test; what it wants checked it closes."""
    made: list[Scene] = []

    def make(**options: object) -> Scene:
        quick = options.pop("speed", measured)
        directory = tmp_path / f"scene{len(made)}"
        made.append(Scene(directory, PEER, quick, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for scene in made:
        if not scene.over:
            scene.abandon(RuntimeError("the test did not close it"))


@pytest.fixture
def scene(make_scene: MakeScene) -> Scene:
    """One scene."""
    return make_scene()
