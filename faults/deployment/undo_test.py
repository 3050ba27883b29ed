# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the undo process undoes what is left on its list when its owner is gone, and nothing
else."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.deployment.find import find
from faults.deployment.lock import Lock, Taken
from faults.deployment.entered import Entered
from faults.deployment.undo import UndoProcess, undo
from faults.deployment_view import SceneView
from targets.scene import Scene


def test_what_it_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="does not know how to undo 'pray'"):
        undo({"kind": "pray"})


def test_only_what_was_not_forgotten_is_undone(scene: Scene, tmp_path: Path) -> None:
    primary = scene.primary()
    kept, removed = tmp_path / "kept", tmp_path / "removed"
    kept.write_text("")
    removed.write_text("")
    with Entered(find(None, primary.pid), SceneView(scene).layout) as entered:
        undo_process = UndoProcess(entered)
        with undo_process.guard(kind="unlink", path=str(kept)):
            undo_process.remember(kind="unlink", path=str(removed))
            undo_process.remember(kind="unlink", path="/nowhere/at/all")
        undo_process.close()
    assert (kept.exists(), removed.exists()) == (True, False)
    scene.close()


def test_a_stopped_process_is_continued(scene: Scene) -> None:
    primary = scene.primary()
    deployment = find(None, primary.pid)
    (process,) = deployment.processes
    with Entered(deployment, SceneView(scene).layout) as entered:
        undo_process = UndoProcess(entered)
        primary.pause()
        undo_process.remember(kind="continue", pid=process.pid, started=process.started)
        undo_process.close()
    assert primary.call("mp_sendmsg", name="ping").ret == 0
    scene.close()


def test_a_lock_is_one_at_a_time(scene: Scene) -> None:
    primary = scene.primary()
    with Entered(find(None, primary.pid), SceneView(scene).layout) as entered:
        first = Lock(entered)
        with pytest.raises(Taken, match="another faults/attack .pid "):
            Lock(entered)
        first.close()
        Lock(entered).close()
    scene.close()
