# SPDX-License-Identifier: BSD-3-Clause
"""The place where a ghost or a relay works: what they must know of a deployment, whoever started it."""

from __future__ import annotations

from typing import Any, Callable, Protocol, TypeVar

from targets.isolation import NamespaceHandles
from targets.news import News
from targets.scene import Scene
from traffic.datagram import Layout

T = TypeVar("T")


class Sink(Protocol):
    """A place to write events to: a Timeline is one."""

    def add(self, who: str, what: str, at: int | None = None, **facts: Any) -> None:
        """Writes down an event of `who`; `at` in CLOCK_MONOTONIC ns, now if not given."""


class DeploymentView(Protocol):
    """A deployment, as a ghost or a relay needs it.

    Read only; each may be asked at any time, the layout from the first datagram on.
    """

    @property
    def runtime(self) -> str:
        """DPDK's runtime directory, as the processes of the deployment see it."""

    @property
    def layout(self) -> Layout:
        """The layout of the private datagram."""

    @property
    def timeline(self) -> Sink:
        """The timeline to write events to."""

    @property
    def news(self) -> News:
        """The news of the processes: how to wait for them."""

    @property
    def no_relay(self) -> str | None:
        """The reason why no relay can be put into the deployment, and no address taken unseen; or
        None."""

    @property
    def handles(self) -> NamespaceHandles:
        """The namespaces that a program of ours enters to see what the processes see. They stay ours,
        and open."""

    def inside(self, do: Callable[..., T], *arguments: Any) -> T:
        """Calls `do` on a thread that sees the deployment's mounts."""

    def enter(self) -> None:
        """Lets the calling thread, from now on, see the deployment's mounts."""

    def bind_unseen(self, bind: Callable[[], T]) -> T:
        """Calls `bind` where the deployment's directories are not, so that an address can be taken
        without touching what the deployment has in its place."""


class SceneView:
    """A scene, as a ghost or a relay needs it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.inside = scene.isolation.inside
        self.enter = scene.isolation.enter
        self.bind_unseen = scene.isolation.bind_unseen
        self.news: News = scene.news

    @property
    def runtime(self) -> str:
        return self.scene.runtime

    @property
    def layout(self) -> Layout:
        """The layout of a datagram, from the greeting of the first process of the scene's own DPDK."""
        own = [one for one in self.scene.processes if one.dpdk == self.scene.dpdk]
        return Layout.from_greeting(own[0].greeting["datagram"].raw)

    @property
    def timeline(self) -> Sink:
        return self.scene.timeline

    @property
    def no_relay(self) -> str | None:
        return self.scene.isolation.no_network and "needs a private mount namespace"

    @property
    def handles(self) -> NamespaceHandles:
        return self.scene.isolation.handles


def of(place: Scene | DeploymentView) -> DeploymentView:
    """The view that is given, or the view of a scene."""
    return SceneView(place) if isinstance(place, Scene) else place
