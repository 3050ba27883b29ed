# SPDX-License-Identifier: BSD-3-Clause
"""The controller of a relay engine (faults/relay/)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

from faults.helper import Helper
from faults.deployment_view import DeploymentView
from targets.outcome import Unavailable

BUILT = Path(__file__).resolve().parent.parent / "build" / "faults" / "relay"


def find_engine() -> Path:
    """$GAUNTLET_RELAY, or where the build puts it."""
    engine = Path(os.environ.get("GAUNTLET_RELAY", BUILT))
    if not engine.exists():
        raise Unavailable(f"no relay at {engine}: build Gauntlet whole, `cmake --build build`")
    return engine


class Engine(Helper):
    """A relay engine in a deployment. When it ends, or when we are gone, everything is put back."""

    def __init__(self, view: DeploymentView, on_event: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(view.news, "relay", on_event)
        self._view = view

    def start(self) -> None:
        """Starts the engine, in the namespaces of the deployment."""
        engine, handles = find_engine(), self._view.handles
        enter = [f"--enter={fd}" for fd in handles.namespaces]
        enter += [] if handles.root is None else [f"--root={handles.root}"]
        self.run(engine, [*enter, self._view.runtime], handles.fds)
