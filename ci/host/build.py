# SPDX-License-Identifier: BSD-3-Clause
"""Builds what is stale, with CMake, in build/."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Mapping, Sequence

from ci.host import namespaces, stale
from ci.host.say import CannotRun, step

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


class BuildFailed(CannotRun):
    """CMake or the compiler was not content: the end of what they said, and where all of it is."""


def build(command: str, *, tests: bool) -> None:
    """Configures where needed and builds; BuildFailed when that fails."""
    options = []
    renew(command, BUILD, os.environ)
    if tests:
        options = ["-DBUILD_TESTING=ON"]
    elif not (BUILD / "CMakeCache.txt").exists():
        options = ["-DBUILD_TESTING=OFF"]  # Needs no GoogleTest, and builds faster.
    if not (BUILD / "targets" / "peer").exists():
        step(command, "building the peer (a minute or two on two cores)")
    make(command, BUILD, options, [])


def sanitized_peer(command: str, kind: str, flags: str) -> Path:
    """A peer with these compiler options, in a build tree of its own. Not the library that makes calls
    fail: AddressSanitizer wants malloc for itself. kind: the tree's name."""
    folder = BUILD / kind
    peer = folder / "targets" / "peer"
    if not peer.exists():
        step(command, "building a peer with sanitizers (two to four minutes on two cores)")
    options = ["-DBUILD_TESTING=OFF", f"-DCMAKE_CXX_FLAGS={flags} -fno-omit-frame-pointer"]
    make(command, folder, options, ["peer"])
    return peer


def peer_for(
    command: str, dpdk: object, folder: Path, pkg_config: Path, options: Sequence[str] = ()
) -> Path:
    """A peer for another DPDK than the installed one, and what makes its calls fail, in a build tree of
    their own. pkg_config: the folder of its libdpdk.pc."""
    peer = folder / "targets" / "peer"
    if not peer.exists():
        step(command, f"building the peer for {dpdk} (a minute or two on two cores)")
    environment = {"PKG_CONFIG_PATH": str(pkg_config)}
    make(command, folder, ["-DBUILD_TESTING=OFF", *options], ["peer", "call"], environment)
    return peer


def make(
    command: str,
    folder: Path,
    options: list[str],
    targets: list[str],
    more_environment: dict[str, str] | None = None,
) -> None:
    """A build tree in this folder, with these options of CMake's; all targets where none is named."""
    environment = {**os.environ, **(more_environment or {})}
    renew(command, folder, environment)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "build.log"
    configure = ["cmake", "-S", str(ROOT), "-B", str(folder), *options]
    compile_ = ["cmake", "--build", str(folder), "--parallel", str(os.cpu_count() or 1)]
    if targets:
        compile_ += ["--target", *targets]
    # Compilers know no other end than their own: what they run in ends with us, where there is one.
    ends_with_us, _why_not = namespaces.prefix()
    with stale.building(folder) as cut_off, log.open("w") as output:
        if cut_off:
            step(command, f"building {folder.name} from the start: the last build was cut off")
            compile_.append("--clean-first")
        commands = ([*ends_with_us, *argv] for argv in (configure, compile_))
        done = all(
            subprocess.run(
                argv, env=environment, stdout=output, stderr=subprocess.STDOUT
            ).returncode
            == 0
            for argv in commands
        )
    if not done:
        said = complaint(log.read_text(errors="replace"))
        raise BuildFailed(f"the build failed ({log}): {said}")


def renew(command: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Starts a build tree anew where CMake could not go on in it."""
    reason = stale.why(folder, ROOT, environment)
    if reason:
        step(command, f"building {folder.relative_to(ROOT)} anew: {reason}")
        stale.start_anew(folder)


def complaint(log: str) -> str:
    """The reason of a failure, from a log: the first errors in it, or else its last lines."""
    lines = log.strip().splitlines()
    errors = [
        line
        for line in lines
        if re.search(r"\berror: |undefined reference|cannot find|CMake Error", line)
    ]
    return " | ".join(errors[:3] or lines[-3:])
