# SPDX-License-Identifier: BSD-3-Clause
"""Unpacks a package of Debian, or a part of one, without installing it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ci.host.say import CannotRun


def unpack(package: Path, into: Path, *which: str) -> None:
    """The files of a package that these arguments of tar select, if it has any; CannotRun for what is no
    package, or cannot be written."""
    tar = ["tar", "-x", "-C", str(into), "--keep-directory-symlink", *which]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as files:
        done = subprocess.run(tar, stdin=files.stdout, capture_output=True, text=True)
    if files.returncode != 0:
        raise CannotRun(f"{package.name} cannot be unpacked: it is no .deb")
    lines = done.stderr.splitlines()
    said = [line for line in lines if "Not found in archive" not in line]
    # A pattern that matches nothing is an error to tar, and then the last line says that it has failed.
    only_missing = len(said) < len(lines) and len(said) <= 1
    if done.returncode != 0 and not only_missing:
        why = said[0] if said else f"tar ended with status {done.returncode}"
        raise CannotRun(f"{package.name} cannot be unpacked: {why}")
