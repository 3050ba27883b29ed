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
    options = []
    if tests:
        options = ["-DBUILD_TESTING=ON"]
    elif not (BUILD / "CMakeCache.txt").exists():
        options = ["-DBUILD_TESTING=OFF"]  # Needs no GoogleTest, and builds faster.
    if not (BUILD / "targets" / "peer").exists():
        step(command, "building the peer (a minute or two on two cores)")
    _cmake(BUILD, options, [])


def sanitized_peer(command: str, sanitizers: str) -> Path:
    """A peer with these compiler options, in a build tree of its own. Not the library that makes calls
    fail: AddressSanitizer wants malloc for itself."""
    folder = BUILD / "sanitized"
    peer = folder / "targets" / "peer"
    if not peer.exists():
        step(command, "building a peer with sanitizers (two to four minutes on two cores)")
    flags = f"-DCMAKE_CXX_FLAGS={sanitizers} -fno-omit-frame-pointer"
    _cmake(folder, ["-DBUILD_TESTING=OFF", flags], ["--target", "peer"])
    return peer


def _cmake(folder: Path, options: list[str], targets: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "build.log"
    configure = ["cmake", "-S", str(ROOT), "-B", str(folder), *options]
    compile_ = ["cmake", "--build", str(folder), "--parallel", str(os.cpu_count() or 1), *targets]
    with log.open("w") as output:
        for argv in (configure, compile_):
            done = subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                tail = " | ".join(log.read_text(errors="replace").strip().splitlines()[-3:])
                raise CannotRun(f"the build failed ({log}): {tail}")
