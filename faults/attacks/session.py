# SPDX-License-Identifier: BSD-3-Clause
"""The needs of every attack: the deployment, its datagram's layout, consent, the lock, the undo
process."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Generator, Sequence

from faults.attacks import console
from faults.attacks.console import CannotAttack
from faults.deployment import find, proc
from faults.deployment.find import Deployment, Process
from faults.deployment.lock import Lock
from faults.deployment.entered import Entered
from faults.deployment.proc import Abi
from faults.deployment.undo import UndoProcess
from targets.root import entering, of_environment
from traffic.datagram import Layout

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Release:
    """The DPDK release of a deployment, as far as it is known. doubt: what is not sure, "" if
    nothing."""

    layout: Layout
    fits: bool
    doubt: str = ""


@dataclass
class Session:
    """Consented to, locked, and with somebody who undoes all should we be killed."""

    entered: Entered
    undo: UndoProcess
    release: Release

    def now(self) -> Deployment:
        """The deployment, as it is now."""
        return self.entered.deployment.now()


def release_of(deployment: Deployment) -> Release:
    """The datagram's layout as our peer has it, and whether that is the deployment's."""
    greeting = _greet()
    layout = Layout.from_greeting(greeting["datagram"])
    ours = Abi.of_release(*greeting["version"][:2])
    theirs = {process.abi for process in deployment.processes}
    others = sorted(str(abi) for abi in theirs if abi is not None and abi.major != ours.major)
    if others:
        doubt = (
            f"it runs DPDK with ABI {', '.join(others)}, and this Gauntlet is built with "
            f"{greeting['dpdk']} (ABI {ours}): its datagrams cannot be decoded here; build Gauntlet "
            "with that DPDK (PKG_CONFIG_PATH) and point GAUNTLET_PEER to its peer"
        )
        return Release(layout, False, doubt)
    if None in theirs:
        doubt = f"which DPDK it has cannot be seen; its datagrams are read as {greeting['dpdk']}'s"
        return Release(layout, True, doubt)
    return Release(layout, True)


def _greet() -> dict[str, Any]:
    peer = Path(os.environ.get("GAUNTLET_PEER", ROOT / "build" / "targets" / "peer"))
    if not peer.exists():
        raise CannotAttack(
            f"{peer} is not there, which knows the datagram's layout: run ci/validate once, or "
            "`cmake -S . -B build && cmake --build build`"
        )
    argv = [*entering(of_environment()), str(peer), "--greet"]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotAttack(f"{peer} does not start: {(done.stderr or done.stdout).strip()}")
    greeting: dict[str, Any] = json.loads(done.stdout)
    return greeting


def who(deployment: Deployment, whom: str) -> list[Process]:
    """The processes that "primary", "secondary" (each of them) or a pid means; CannotAttack if there
    are none."""
    if whom == "primary":
        chosen = [deployment.primary] if deployment.primary else []
    elif whom == "secondary":
        chosen = list(deployment.secondaries)
    elif whom.isdigit():
        chosen = [one for one in deployment.processes if one.pid == int(whom)]
    else:
        raise CannotAttack(f"{whom!r} is nobody: say primary, secondary or a pid")
    if not chosen:
        raise CannotAttack(f"there is no {whom} in {deployment}")
    return chosen


def only(deployment: Deployment, whom: str) -> Process:
    """The one that is meant; CannotAttack if several could be."""
    chosen = who(deployment, whom)
    if len(chosen) > 1:
        raise CannotAttack(f"{whom} could be {' or '.join(map(str, chosen))}: say its pid")
    return chosen[0]


Plan = Callable[[Entered, Release], Sequence[str]]


@contextmanager
def session(arguments: argparse.Namespace, plan: Plan) -> Generator[Session, None, None]:
    """`plan` says, before anything is touched, what is going to be done; it raises for what cannot."""
    deployment = find.find(arguments.file_prefix, arguments.pid)
    release = release_of(deployment)
    with Entered(deployment, release.layout) as entered:
        lines = [*introduce(deployment), *plan(entered, release)]
        if release.doubt:
            lines.insert(0, f"  mind: {release.doubt}")
        lock = Lock(entered)
        try:
            console.consent(lines, arguments.yes)
            undo_process = UndoProcess(entered)
            try:
                yield Session(entered, undo_process, release)
            finally:
                undo_process.close()
        finally:
            lock.close()


def introduce(deployment: Deployment) -> list[str]:
    """The deployment and who is in it, a line each."""
    lines = [f"deployment {deployment.prefix} in {deployment.runtime}"]
    for one in deployment.processes:
        lines.append(f"  {one.role:9} {one.pid:7}  {proc.command(one.pid) or one.name}")
    return lines
