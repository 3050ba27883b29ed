# SPDX-License-Identifier: BSD-3-Clause
"""Unpacks packages of Debian for the box: the parts of them that it needs, whole or not at all."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Callable, Sequence

from ci.host import apt, deb
from ci.host.say import CannotRun
from ci.nic_host.where import alone

OS_RELEASE = Path("/etc/os-release")


def suite(os_release: Path = OS_RELEASE) -> str:
    """The suite of Debian that this machine is: "bookworm"; CannotRun when it says none."""
    text = os_release.read_text() if os_release.exists() else ""
    found = re.search(r"^VERSION_CODENAME=\"?(\w+)", text, re.MULTILINE)
    if not found:
        raise CannotRun(f"{os_release} names no suite of Debian: run this on Debian 12 or 13")
    return found[1]


def suite_source_here() -> str:
    """The apt source of this machine's own suite."""
    return apt.suite_source(suite())


def unpack(package: Path, into: Path, parts: Sequence[str]) -> None:
    """The files of one package whose paths match one of these patterns, if it has any. CannotRun as
    deb.unpack()."""
    deb.unpack(package, into, "--wildcards", *parts)


def kept(folder: Path, make: Callable[[Path], str]) -> Path:
    """What `make` has made below a folder, once: it is given an empty directory to fill, and returns the
    name that the directory is to have. A half-made one is never used.

    What is there stays: delete the folder to get what Debian serves today.
    """
    with alone(folder, str(folder)):
        for there in sorted(folder.glob("*+whole")):
            return there
        making = folder / "making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        name = make(making)
        return making.rename(folder / f"{name}+whole")
