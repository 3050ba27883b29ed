# SPDX-License-Identifier: BSD-3-Clause
"""The run that all clauses share: the peer binary, its release, the machine's speed, the port."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Iterator

from conformance.verdicts import expected
from targets import speed, under
from targets.dpdk import Dpdk, other_of_environment
from targets.isolation import lay_out
from targets.outcome import CannotRun
from targets.root import of_environment
from targets.scene import Scene
from targets.speed import Speed
from traffic.ports import named as port_kinds
from traffic.ports.port import Port, PortError

ROOT = Path(__file__).resolve().parents[2]

OLDEST = (20, 11)


@dataclass(frozen=True)
class Run:
    """dpdk, greeting: what the run is about, and what its peer greets with.
    other, other_greeting: a second DPDK, which clauses start processes of beside those of the first, and
    what its peer greets with; None in a run that has only one.
    """

    dpdk: Dpdk
    greeting: dict[str, Any]
    speed: Speed
    port: str
    report: Path
    other: Dpdk | None = None
    other_greeting: dict[str, Any] | None = None

    @property
    def release(self) -> tuple[int, ...]:
        """(year, month, minor) of the DPDK that the peer is linked with: (22, 11, 11)"""
        return tuple(self.greeting["version"])

    @property
    def functions(self) -> frozenset[str]:
        """The verbs of the peer that are DPDK's functions."""
        return frozenset(self.greeting["functions"])

    @property
    def sanitized(self) -> bool:
        """Whether the peer was built with sanitizers."""
        return bool(self.greeting["sanitized"])

    @cached_property
    def under_test(self) -> Port:
        """The port that `port` names, for this release."""
        return port_kinds.parse(self.port).on(self.release)

    @property
    def eal(self) -> tuple[str, ...]:
        """EAL arguments of every peer of the run."""
        # AddressSanitizer's shadow memory lies where EAL would map the hugepages, and so does valgrind.
        tool = under.of_environment()
        moved = self.sanitized or (tool is not None and tool.tool == "valgrind")
        return ("--base-virtaddr=0x200000000000",) if moved else ()

    @cached_property
    def known_reports(self) -> frozenset[str]:
        """The recorded reports of sanitizers on this release; none where the peer has no sanitizer."""
        return frozenset(expected.load_reports(self.release) if self.sanitized else ())

    def is_known(self, observed: str) -> bool:
        """Whether a clause has seen a peer end by reports that are all on record."""
        _peer, _, reports = observed.partition(": ")
        return bool(reports) and set(reports.split("; ")) <= self.known_reports

    def scene(
        self,
        directory: Path,
        *,
        all_drivers: bool = False,
        more_drivers: frozenset[str] = frozenset(),
    ) -> Scene:
        """An empty scene of this run. more_drivers: names of drivers that its processes load besides."""
        return Scene(
            directory,
            self.dpdk.binary,
            self.speed,
            eal=self.eal,
            known_reports=self.known_reports,
            all_drivers=all_drivers,
            more_drivers=more_drivers,
            root=self.dpdk.root,
            beside=(self.other,) if self.other else (),
            pci=self.under_test.pci_id,
            under=under.of_environment(),
        )

    @contextmanager
    def temporary_scene(self) -> Iterator[Scene]:
        """A scene with hugepages, whose directory goes with it."""
        # Of our files, another root sees those of the repository.
        where = ROOT / "build" if self.dpdk.root else None
        with TemporaryDirectory(dir=where) as folder, self.scene(Path(folder) / "scene") as scene:
            scene.hugepages()
            yield scene

    def shared(self) -> dict[str, Any]:
        """The data for a worker process of this run, so that nothing is measured twice."""
        return {
            "greeting": self.greeting,
            "other_greeting": self.other_greeting,
            "spawn_s": self.speed.spawn_s,
        }


def on_this(command: str) -> str:
    """A command of Gauntlet's, with what names the DPDK of this run: "ci/crash --release 24.11"."""
    _, _, option = os.environ.get("GAUNTLET_ALONE", "").partition(" ")
    return f"{command} {option}".rstrip()


def find_peer() -> Path:
    """The peer binary: $GAUNTLET_PEER, or where the build puts it."""
    # A peer is started in a directory of its own: what was said from here must be found from there.
    peer = Path(os.environ.get("GAUNTLET_PEER", ROOT / "build" / "targets" / "peer")).absolute()
    if not peer.exists():
        raise CannotRun(
            f"no peer binary at {peer}: run `cmake -S . -B build && cmake --build build`, or "
            "ci/validate, which does it"
        )
    return peer


def greet(dpdk: Dpdk) -> dict[str, Any]:
    """The greeting of the peer, about itself and its DPDK, without rte_eal_init."""
    done = dpdk.greet()
    if done.returncode != 0:
        raise CannotRun(f"{dpdk.binary} does not start: {(done.stderr or done.stdout).strip()}")
    greeting: dict[str, Any] = json.loads(done.stdout)
    if tuple(greeting["version"][:2]) < OLDEST:
        raise CannotRun(f"{greeting['dpdk']} is too old: Gauntlet needs DPDK 20.11 or later")
    return greeting


def verbs(dpdk: Dpdk) -> dict[str, Any]:
    """The verbs of the peer, as it tells of them: their keys, and which functions of DPDK they are."""
    told: dict[str, Any] = json.loads(dpdk.verbs().stdout)
    return told


def functions(dpdk: Dpdk) -> list[str]:
    """The verbs of the peer that are DPDK's functions, and no tools of ours."""
    return [name for name, verb in verbs(dpdk).items() if "function" in verb]


def _around() -> tuple[str, ...]:
    """The command of the tool that the processes of this run are under, its output left out."""
    tool = under.of_environment()
    return tool.begin(Path(os.devnull)) if tool else ()


def make(port: str, report: Path, shared: dict[str, Any] | None) -> Run:
    """The run, measured here, or as the controlling process measured it (`shared`)."""
    try:
        port_kinds.parse(port)
    except PortError as error:
        raise CannotRun(str(error)) from error
    dpdk, other = Dpdk(find_peer(), of_environment()), other_of_environment()
    if shared is None:
        for one in (dpdk, other):
            if one is not None and one.root is not None:
                # In the namespaces of the run, for the greeting; each scene does so for itself.
                lay_out(one.root)
        shared = {
            "greeting": {**greet(dpdk), "functions": functions(dpdk)},
            "other_greeting": greet(other) if other else None,
            "spawn_s": speed.measure(dpdk.binary, dpdk.root, _around()).spawn_s,
        }
    measured = Speed(shared["spawn_s"])
    return Run(dpdk, shared["greeting"], measured, port, report, other, shared["other_greeting"])
