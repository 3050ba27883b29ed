# SPDX-License-Identifier: BSD-3-Clause
"""The Debian packages that Gauntlet needs, and installing what is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from ci.host.say import CannotRun, step

OLDEST_DPDK = (20, 11)

# To build the peer and run the contract.
RUN = (
    "g++",
    "cmake",
    "make",
    "pkg-config",
    "libdpdk-dev",
    "dpdk-dev",
    "nlohmann-json3-dev",
    "libcli11-dev",
    "libdw-dev",
    "zlib1g-dev",
    "elfutils",
    "mount",
    "util-linux",
    "python3-pytest",
    "python3-pytest-timeout",
    "python3-pytest-xdist",
    "python3-pyroute2",
    "python3-scapy",
    "python3-numpy",
    "python3-hypothesis",
    "python3-jinja2",
    "python3-jsonschema",
    "python3-zstandard",
)

# To prove Gauntlet itself, besides.
PROVE = (
    "git",
    "libgtest-dev",
    "libgmock-dev",
    "clang-format",
    "clang-tidy",
    "black",
    "flake8",
    "mypy",
    "shellcheck",
    "strace",
    "gdb",
    "iproute2",
    "python3-matplotlib",
    "python3-psutil",
    "python3-selenium",
    "python3-yaml",
    "chromium",
    "chromium-driver",
)

_STATUS = "${db:Status-Abbrev}${Package}\n"


def missing(wanted: tuple[str, ...]) -> list[str]:
    """The packages of `wanted` that dpkg does not have installed; CannotRun where there is no dpkg."""
    if shutil.which("dpkg-query") is None:
        raise CannotRun(
            "this is no Debian (dpkg-query is missing): install what CONTRIBUTING.md lists, then use "
            "cmake and pytest as it says"
        )
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", _STATUS, *wanted], capture_output=True, text=True
    )
    there = {line[3:].strip() for line in done.stdout.splitlines() if line.startswith("ii")}
    return [name for name in wanted if name not in there]


def install(command: str, wanted: tuple[str, ...]) -> None:
    """Installs what is missing, saying so first. CannotRun when that cannot be done."""
    lacking = missing(wanted)
    if not lacking:
        return
    if os.geteuid() != 0:
        raise CannotRun(
            f"not root, and these Debian packages are missing: {' '.join(lacking)}; run it once as "
            "root, or have them installed"
        )
    step(command, f"will install from Debian: {' '.join(lacking)}")
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for what in (["update"], ["install", "-y", "--no-install-recommends", *lacking]):
        done = subprocess.run([*apt, *what], env=quiet, capture_output=True, text=True)
        if done.returncode != 0:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise CannotRun(f"apt-get {what[0]} failed: {said}; see to it, then run this again")


def dpdk_release() -> tuple[int, ...]:
    """The release of the libdpdk that pkg-config finds; CannotRun if absent or too old."""
    done = subprocess.run(["pkg-config", "--modversion", "libdpdk"], capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotRun(
            "pkg-config finds no libdpdk: install libdpdk-dev, or set PKG_CONFIG_PATH to your own DPDK"
        )
    release = tuple(map(int, re.findall(r"\d+", done.stdout)[:3]))
    if release < OLDEST_DPDK:
        raise CannotRun(
            f"libdpdk is {done.stdout.strip()}: Gauntlet needs 20.11 or later; install one, or set "
            "PKG_CONFIG_PATH"
        )
    return release
