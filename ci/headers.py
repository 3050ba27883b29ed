# SPDX-License-Identifier: BSD-3-Clause
"""The peer, compiled and linked against each release of DPDK that Debian has."""

from __future__ import annotations

from typing import Sequence

from ci import releases
from ci.host import build
from ci.releases import RELEASES, Release, Unpacked
from ci.host.say import CannotRun, step

# What the release's libraries need of their own Debian is not there, and nothing is run. Without
# optimisation g++ takes the ring's copy of 32 bytes for one into or out of the smallest element.
_OPTIONS = [
    "-DBUILD_TESTING=OFF",
    "-DCMAKE_BUILD_TYPE=None",
    "-DCMAKE_CXX_FLAGS=-O0 -Wno-stringop-overread -Wno-stringop-overflow -Wno-array-bounds",
    "-DCMAKE_EXE_LINKER_FLAGS=-Wl,--unresolved-symbols=ignore-in-shared-libs",
]


# The oldest and the newest: what a release lacks or spells otherwise, one of the two shows first.
ENDS = (RELEASES[0], RELEASES[-1])


def check(command: str, of: Sequence[Release] = RELEASES) -> bool:
    """True if the peer builds on each of these releases; CannotRun if a release could not be tried, and
    none is red."""
    lacking, green = [], True
    for release in of:
        try:
            green = _builds(command, release) and green
        except CannotRun as error:
            step(command, f"NOT TRIED: {error}")
            lacking.append(str(release))
    if lacking and green:
        raise CannotRun(f"the peer was not tried on {', '.join(lacking)} (see above)")
    return green


def _builds(command: str, release: Release) -> bool:
    found = releases.unpacked(command, release)
    try:
        peer(command, found)
    except build.BuildFailed as error:
        step(command, f"the peer does not build on {release}, {found.version}: {error}")
        return False
    step(command, f"the peer builds on {release}, {found.version}")
    return True


def peer(command: str, found: Unpacked) -> None:
    """Builds the peer on what was unpacked, beside it; BuildFailed when it does not."""
    folder, environment = found.folder / "peer", {"PKG_CONFIG_PATH": str(found.pkg_config)}
    build.make(command, folder, _OPTIONS, ["peer"], environment)
