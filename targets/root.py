# SPDX-License-Identifier: BSD-3-Clause
"""Another directory in the place of /, for the DPDK processes of a run: the libraries, drivers and
programs of another release.

Gauntlet's own programs stay outside. Files of the repository have the same path in there as outside.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from targets.outcome import Unavailable

REPOSITORY = Path(__file__).resolve().parents[1]

# From here to there, in the same working directory. Every step is an exec: the pid stays.
_ENTER = 'exec chroot "$0" /bin/sh -c \'cd "$0" && exec "$@"\' "$PWD" "$@"'


def of_environment() -> Root | None:
    """The root in which the peers of this run live: $GAUNTLET_ROOT; None where they live in ours."""
    folder = os.environ.get("GAUNTLET_ROOT")
    return Root(Path(folder)) if folder else None


def entering(root: Root | None) -> tuple[str, ...]:
    """An argv prefix that starts a program in a root, or where we are."""
    return root.enter if root else ()


@dataclass(frozen=True)
class Root:
    """folder: the directory itself, as it is called outside."""

    folder: Path

    @property
    def enter(self) -> tuple[str, ...]:
        """An argv prefix that starts a program in here."""
        return ("sh", "-c", _ENTER, str(self.folder))

    def outside(self, path: str | Path) -> Path:
        """The path, as it is called outside, of what is called `path` in here."""
        return self.folder / str(path).lstrip("/")

    def inside(self, path: str) -> str:
        """The path as it is called in here: the opposite of outside()."""
        within = path.removeprefix(str(self.folder))
        return within if within.startswith("/") else path

    def find(self, program: str) -> str:
        """The path in here of a program; Unavailable where it is not."""
        path = f"/usr/bin/{program}"
        if not self.outside(path).exists():
            raise Unavailable(f"{program} is not in {self.folder}")
        return path

    @property
    def eal(self) -> Path:
        """The library of EAL, as it is called outside."""
        return next(self.outside("usr/lib").glob("*/librte_eal.so.*"))
