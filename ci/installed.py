# SPDX-License-Identifier: BSD-3-Clause
"""A DPDK of one's own, installed into a prefix: its peer, and how a run takes its libraries."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ci.host import build, where
from ci.host.say import CannotRun


@dataclass(frozen=True)
class Installed:
    """name: what the answer calls it.  prefix: where it was installed, with shared libraries."""

    name: str
    prefix: Path

    def __str__(self) -> str:
        return f"{self.name}, installed in {self.prefix}"

    @property
    def option(self) -> str:
        """What ci/qualify is given for it."""
        return f"--dpdk {self.name}={self.prefix}"

    @cached_property
    def pkg_config(self) -> Path:
        """The folder of its libdpdk.pc; CannotRun where there is none."""
        found = sorted(self.prefix.rglob("pkgconfig/libdpdk.pc"))
        if not found:
            raise CannotRun(
                f"--dpdk {self.prefix}: no pkgconfig/libdpdk.pc in there; give a prefix that DPDK was "
                "installed into"
            )
        return found[0].parent

    @property
    def libraries(self) -> Path:
        """The folder of its shared libraries; CannotRun where there are none."""
        argv = ["pkg-config", "--variable=libdir", "libdpdk"]
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.pkg_config)}
        said = subprocess.run(argv, env=environment, capture_output=True, text=True)
        folder = Path(said.stdout.strip())
        if said.returncode != 0 or not (folder / "librte_eal.so").exists():
            raise CannotRun(
                f"--dpdk {self.prefix}: its libdpdk.pc names the libraries of {folder}, and no "
                "librte_eal.so is there; give a prefix that shared libraries were installed into, and "
                "that was not moved since"
            )
        return folder

    def ready(self, command: str) -> dict[str, str]:
        """Builds its peer where needed: the environment in which a run takes it. CannotRun when that
        fails."""
        key = hashlib.sha256(str(self.prefix).encode()).hexdigest()[:8]
        folder = build.BUILD / "dpdk" / f"{self.name}-{key}"
        libraries = self.libraries
        peer = build.peer_for(command, self, folder, self.pkg_config)
        return {
            "GAUNTLET_ALONE": f"{command} {self.option}",
            "GAUNTLET_NAME": self.name,
            "GAUNTLET_PEER": str(peer),
            "GAUNTLET_PROGRAMS": str(self.prefix / "bin"),
            "LD_LIBRARY_PATH": str(libraries),
            "PKG_CONFIG_PATH": str(self.pkg_config),
        }


def of_argument(text: str) -> Installed:
    """What is meant by DIR or NAME=DIR; CannotRun where that cannot be meant."""
    name, _, folder = text.rpartition("=")
    prefix = where.path_of(folder)
    name = name or prefix.name
    if not re.fullmatch(r"\w[\w.+-]*", name):
        raise CannotRun(
            f"--dpdk {text}: {name!r} is no name; begin with a letter or digit and go on with those and "
            f". + - _, as in mine={folder}"
        )
    if not prefix.is_dir():
        raise CannotRun(f"--dpdk {text}: {prefix} is no directory; give DIR or NAME=DIR")
    return Installed(name, prefix)
