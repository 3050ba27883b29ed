# SPDX-License-Identifier: BSD-3-Clause
"""A directory that takes the place of / for each release of DPDK that Debian has: its libraries,
drivers, applications and compiler, unpacked and never installed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from ci import releases
from ci.host import build
from ci.host.apt import Apt, suite_source
from ci.host.say import CannotRun, step
from ci.releases import ROOT, Release, Unpacked
from targets.drivers import USED

HERE = ROOT / "build" / "roots"

# With what they depend on: some of DPDK's applications, its compiler, and what a peer is started by.
_WHOLE = ("dpdk", "g++", "libbsd-dev", "libnuma-dev", "coreutils", "dash", "util-linux")
# Alone: what these depend on is more than is used. The first has the headers, the second testpmd.
_ALONE = ("libdpdk-dev", "dpdk-dev")
_LIBRARY = re.compile(r"lib(?!dpdk)|ibverbs-providers")
# Header-only libraries: those of this machine serve every compiler.
_OURS = ("nlohmann", "CLI")
_DRIVER = re.compile(
    r"librte-(baseband|bus|common|compress|crypto|dma|event|gpu|mempool|ml|net|raw|regex|vdpa)-"
)
_MERGED = ("bin", "sbin", "lib", "lib64")
# What a run mounts something on.
_MOUNTED = ("dev", "proc", "run", "sys", "tmp")

# Runs the release's compiler where the compiler is at home. The repository has its own path in there.
_COMPILER = """#!/bin/sh
unshare --mount --propagation private sh -e -c '
mount --bind "$2" "$1$2"
mount --rbind /dev "$1/dev"
root=$1
shift 2
exec chroot "$root" sh -c "cd \\"\\$0\\" && exec g++ \\"\\$@\\"" "$PWD" "$@"
' "$0" "{root}" "{repository}" "$@" || exit
# What it has read is noted for make, which is outside.
while [ $# -gt 1 ]; do
  [ "$1" != -MF ] || sed -i "s| /usr/| {root}/usr/|g" "$2"
  shift
done
"""


def make(command: str, release: Release, here: Path = HERE) -> Unpacked:
    """The root of the newest point release that the suite serves, made unless it is there; CannotRun when
    it cannot be had. Older ones of the release are deleted."""
    folder = here / release.series
    try:
        apt = Apt(folder / "apt", suite_source(release.suite))
        apt.get("update")
        return _made(command, release, apt, folder)
    except CannotRun as error:
        raise CannotRun(f"{release} cannot be had: {error}") from error


def _made(command: str, release: Release, apt: Apt, folder: Path) -> Unpacked:
    version = apt.version("libdpdk-dev")
    if not version.startswith(f"{release.series}."):
        raise CannotRun(f"its libdpdk-dev is {version}: correct RELEASES in ci/releases.py")
    linked = [name for name in apt.depends("libdpdk-dev") if name.startswith("librte-")]
    used = [name for name in linked if _driver(name) in USED]
    of_testpmd = [name for name in apt.depends("dpdk-dev") if _LIBRARY.match(name)]
    whole = [*_WHOLE, *used, *of_testpmd]
    holds = apt.would_install(*whole)
    found = Unpacked(release, folder / name_of(version, holds))
    if found.pkg_config.exists():
        return found
    step(command, f"downloading {release}, {version}: {len(holds)} packages, some 100 MB")
    making = folder / "making"
    shutil.rmtree(making, ignore_errors=True)
    debs, root = making / "debs", making / "root"
    debs.mkdir(parents=True)
    apt.get("clean")
    apt.get("install", "-y", "--no-install-recommends", "--download-only", *whole)
    there = {name.partition(" ")[0] for name in holds}
    rest = [name for name in linked if name not in there and not _DRIVER.match(name)]
    apt.get("download", *_ALONE, *rest, cwd=debs)
    _lay_out(root)
    for deb in sorted([*debs.glob("*.deb"), *(folder / "apt" / "archives").glob("*.deb")]):
        releases.unpack(deb, root, "librte_*.a")
    _finish(root)
    shutil.rmtree(debs)
    apt.get("clean")
    for old in folder.glob("*+*"):
        shutil.rmtree(old)
    making.rename(found.folder)
    releases.describe(found)
    return found


def name_of(version: str, holds: list[str]) -> str:
    """The name of a root that holds these packages: another one when any of them has another version."""
    key = hashlib.sha256("\n".join([version, *holds]).encode()).hexdigest()[:8]
    return f"{version}+{key}"


def _driver(package: str) -> str:
    """net_tap, of librte-net-tap23"""
    return re.sub(r"[0-9.]+$", "", package.removeprefix("librte-")).replace("-", "_")


def _lay_out(root: Path) -> None:
    """The folders of a merged /usr, and those that something is mounted on."""
    for name in _MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for name in _MOUNTED:
        (root / name).mkdir()
    (root / "var").mkdir()
    (root / "var" / "run").symlink_to("../run")
    (root / str(ROOT).lstrip("/")).mkdir(parents=True)


def _finish(root: Path) -> None:
    """What installing would have done."""
    shell = root / "usr" / "bin" / "sh"
    if not shell.exists():
        shell.symlink_to("dash")
    for name in _OURS:
        shutil.copytree(Path("/usr/include") / name, root / "usr" / "include" / name)
    done = subprocess.run(["/sbin/ldconfig", "-r", str(root)], capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotRun(f"ldconfig says: {done.stderr.strip()}")


def _write_compiler(found: Unpacked) -> None:
    compiler = found.folder / "g++"
    compiler.write_text(_COMPILER.format(root=found.root, repository=ROOT))
    compiler.chmod(0o755)


def peer(command: str, found: Unpacked) -> Path:
    """The peer, and what makes its calls fail, built by the release's own compiler; BuildFailed when
    that fails."""
    _write_compiler(found)
    options = [
        f"-DCMAKE_CXX_COMPILER={found.folder / 'g++'}",
        # CMake does not see the compiler's own folders, and -isystem puts /usr/include before them.
        "-DCMAKE_NO_SYSTEM_FROM_IMPORTED=ON",
    ]
    folder = found.folder / "build"
    return build.peer_for(command, found.release, folder, found.pkg_config, options)


def run_in(found: Unpacked) -> dict[str, str]:
    """The environment in which a run takes its processes from this root."""
    peer = found.folder / "build" / "targets" / "peer"
    return {
        "GAUNTLET_ROOT": str(found.root),
        "GAUNTLET_PEER": str(peer),
        "GAUNTLET_ALONE": f"ci/qualify --release {found.release.series}",
        "PKG_CONFIG_PATH": str(found.pkg_config),
    }
