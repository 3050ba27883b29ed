# SPDX-License-Identifier: BSD-3-Clause
"""Looks whether CMake can go on in a build tree, and starts afresh where it cannot: CMake would stop at
its cache, or go on with what the cache remembers of another DPDK or compiler."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Mapping

Entries = dict[str, str]


def entries(cache: str) -> Entries:
    """The values of a CMakeCache.txt by their names."""
    found = re.findall(r"^([^#/][^:\n]*):[A-Z]+=(.*)$", cache, re.MULTILINE)
    return dict(found)


def why(tree: Path, source: Path, environment: Mapping[str, str]) -> str | None:
    """The reason why this tree has to be built anew from this source; None when CMake can go on, or
    starts a tree."""
    cache = tree / "CMakeCache.txt"
    if not cache.exists():
        return None
    known = entries(cache.read_text(errors="replace"))
    return (
        _moved(known, "CMAKE_CACHEFILE_DIR", tree)
        or _moved(known, "CMAKE_HOME_DIRECTORY", source)
        or _other("DPDK", _dpdk_then(known), _dpdk_now(environment))
        or _other("the compiler", _compiler_then(tree), _compiler_now(known))
    )


@contextmanager
def building(tree: Path) -> Iterator[bool]:
    """Keeps a tree for one build: another one is waited for. True if the build before was cut off, as by
    kill -9: then what a compiler was writing may be half there, and newer than its source."""
    with (tree / ".building").open("a+") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        mark.seek(0)
        cut_off = bool(mark.read())
        mark.truncate(0)
        mark.write("a build goes on here, or was cut off\n")
        mark.flush()
        yield cut_off
        mark.truncate(0)


def start_anew(tree: Path) -> None:
    """Takes away what CMake has made in a tree: its cache, and the folders that it has made objects in.
    A tree inside the tree, with a cache of its own, stays, and so does all that is not CMake's."""
    for made in [path.parent for path in tree.glob("*/CMakeFiles")]:
        if not (made / "CMakeCache.txt").exists():
            shutil.rmtree(made)
    shutil.rmtree(tree / "CMakeFiles", ignore_errors=True)
    (tree / "CMakeCache.txt").unlink(missing_ok=True)


def _moved(known: Entries, key: str, now: Path) -> str | None:
    then = Path(known.get(key, ""))
    if then.exists() and os.path.samefile(then, now):
        return None
    return f"the checkout was moved or copied: it was built as {then}, and is {now}"


def _other(what: str, then: list[str], now: list[str]) -> str | None:
    if then == now or not all(now):
        return None  # Who does not answer is found missing by CMake, in better words.
    return f"{what} was {' '.join(then)}, and is {' '.join(now)}"


def _dpdk_then(known: Entries) -> list[str]:
    return [known.get(f"DPDK_{name}", "") for name in ("VERSION", "INCLUDEDIR", "LIBDIR")]


def _dpdk_now(environment: Mapping[str, str]) -> list[str]:
    asked = ["--modversion"], ["--variable=includedir"], ["--variable=libdir"]
    return [_said(["pkg-config", *question, "libdpdk"], environment) for question in asked]


def _compiler_then(tree: Path) -> list[str]:
    for described in tree.glob("CMakeFiles/*/CMakeCXXCompiler.cmake"):
        found = re.search(r'CMAKE_CXX_COMPILER_VERSION "([^"]*)"', described.read_text())
        if found:
            return [found[1]]
    return [""]


def _compiler_now(known: Entries) -> list[str]:
    compiler = known.get("CMAKE_CXX_COMPILER", "")
    return [_said([compiler, "-dumpfullversion", "-dumpversion"], os.environ)]


def _said(argv: list[str], environment: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(argv, env=dict(environment), capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
