# SPDX-License-Identifier: BSD-3-Clause
"""The DPDK that a process of a scene is started from: a scene has one of its own, and may have others
beside it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from targets.root import Root, entering

# A run that has a second DPDK is told of it as a run on that one would be, with this before each name.
_OTHER = "GAUNTLET_OTHER_"


@dataclass(frozen=True)
class Dpdk:
    """binary: our peer, linked with this DPDK.  root: where its processes live, None: where we are.
    libraries: the folders that its libraries are looked for in, as LD_LIBRARY_PATH has them; None: those
    of our own environment.  programs: the folder of its applications, None: where programs are.
    """

    binary: Path
    root: Root | None = None
    libraries: str | None = None
    programs: Path | None = None

    @property
    def enter(self) -> tuple[str, ...]:
        """The beginning of the command of each of its processes."""
        return entering(self.root)

    @property
    def environment(self) -> dict[str, str]:
        """What its processes need beside our own environment."""
        return {} if self.libraries is None else {"LD_LIBRARY_PATH": self.libraries}

    def greet(self) -> subprocess.CompletedProcess[str]:
        """Lets our peer say what it and its DPDK are, without rte_eal_init."""
        return self._ask("--greet")

    def verbs(self) -> subprocess.CompletedProcess[str]:
        """Lets our peer say which verbs it takes, as JSON, without rte_eal_init."""
        return self._ask("--verbs=json")

    def _ask(self, what: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.enter, str(self.binary), what],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
        )


def beside(mine: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """The environment of a run on one DPDK that has another beside it, from those of a run on each."""
    return {**mine, **{_OTHER + key.removeprefix("GAUNTLET_"): other[key] for key in other}}


def other_of_environment() -> Dpdk | None:
    """The second DPDK of this run; None where it has only one."""
    peer, root, programs, libraries = (
        os.environ.get(_OTHER + key) for key in ("PEER", "ROOT", "PROGRAMS", "LD_LIBRARY_PATH")
    )
    if peer is None:
        return None
    return Dpdk(
        Path(peer).absolute(),
        Root(Path(root)) if root else None,
        # Not ours: what our own DPDK needs is for that one.
        libraries or "",
        Path(programs) if programs else None,
    )
