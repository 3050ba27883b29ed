# SPDX-License-Identifier: BSD-3-Clause
"""The files that another host gets: those that git tracks, as they are now."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path
from typing import IO

from ci.host.say import CannotRun

#: Which files were sent, for whoever sends the next ones: their names, each with a NUL behind it.
LIST = ".gauntlet-files"


def tracked(root: Path) -> list[str]:
    """The names of the files of a checkout; CannotRun where git does not tell."""
    argv = ["git", "-C", str(root), "ls-files", "-z"]
    try:
        done = subprocess.run(argv, capture_output=True)
    except FileNotFoundError as error:
        raise CannotRun("git is missing, which tells what is to be sent; install git") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise CannotRun(
            f"git does not tell which files are Gauntlet's: {said[-1] if said else '?'}"
        )
    names = [name for name in done.stdout.decode().split("\0") if name]
    return [name for name in names if (root / name).is_symlink() or (root / name).is_file()]


def write(root: Path, names: list[str], to: IO[bytes]) -> None:
    """Writes a tar of the files, with the times that they have: what is built from them stays built."""
    with tarfile.open(fileobj=to, mode="w|") as archive:
        told = "".join(f"{name}\0" for name in names).encode()
        entry = tarfile.TarInfo(LIST)
        entry.size = len(told)
        archive.addfile(entry, io.BytesIO(told))
        for name in names:
            archive.add(root / name, arcname=name, recursive=False)
