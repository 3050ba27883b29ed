# SPDX-License-Identifier: BSD-3-Clause
"""The base of every fault: a with-block that stamps its window, heals on every way out, and knows
whether it took effect."""

from __future__ import annotations

from types import TracebackType
from typing import Any, ClassVar

from faults.deployment_view import DeploymentView, Sink
from targets.outcome import Inconclusive, Unavailable
from targets.scene import Scene
from targets.surroundings import Surroundings


class Fault:
    """Subclasses say `inject`, `heal` and `bit`; and `unavailable` where they need something.

    scene: what it acts in. Those that need no peer of ours take any deployment, which then is no scene
    (faults/deployment_view.py).
    """

    name: ClassVar[str]
    scene: Scene

    def __init__(self, scene: Surroundings | DeploymentView) -> None:
        if isinstance(scene, Scene):
            self.scene = scene
        self.timeline: Sink = scene.timeline
        self._unavailable = self.unavailable(scene)

    @classmethod
    def unavailable(cls, scene: Any) -> str | None:
        """The reason why the fault cannot be used in this scene, or None."""
        return None

    def inject(self) -> None:
        """Starts the disturbance."""
        raise NotImplementedError

    def heal(self) -> None:
        """Ends it. Called once, on every way out, also after a failed inject."""

    def took_effect(self) -> bool:
        """True if the fault took effect, from what was seen of it."""
        raise NotImplementedError

    def __enter__(self) -> Fault:
        if self._unavailable:
            raise Unavailable(f"fault {self.name}: {self._unavailable}")
        self.timeline.add("fault", f"begin {self.name}", about=str(self))
        try:
            self.inject()
        except BaseException:
            self.heal()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            bit = self.took_effect()
        finally:
            self.heal()
        self.timeline.add("fault", f"end {self.name}", bit=bit)
        if kind is None and not bit:
            raise Inconclusive(f"{self} did not bite")

    def __str__(self) -> str:
        return self.name
