# SPDX-License-Identifier: BSD-3-Clause
"""Builds what is stale, with CMake, in build/."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ci.say import CannotRun, step

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"


def build(command: str, *, tests: bool) -> None:
    """Configures where needed and builds; CannotRun, with the end of the log, when that fails."""
    BUILD.mkdir(exist_ok=True)
    log = BUILD / "build.log"
    configure = ["cmake", "-S", str(ROOT), "-B", str(BUILD)]
    if tests:
        configure.append("-DBUILD_TESTING=ON")
    elif not (BUILD / "CMakeCache.txt").exists():
        configure.append("-DBUILD_TESTING=OFF")  # Needs no GoogleTest, and builds faster.
    compile_ = ["cmake", "--build", str(BUILD), "--parallel", str(os.cpu_count() or 1)]
    if not (BUILD / "targets" / "peer").exists():
        step(command, "building the peer (about a minute on two cores)")
    with log.open("w") as output:
        for argv in (configure, compile_):
            done = subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                tail = " | ".join(log.read_text(errors="replace").strip().splitlines()[-3:])
                raise CannotRun(f"the build failed ({log}): {tail}")
