# SPDX-License-Identifier: BSD-3-Clause
"""A librte_eal of our own make: Debian's source of the DPDK that is installed, built as we want it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from ci.host.apt import Apt, index_targets
from ci.host.say import CannotRun, step

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "build" / "source"

# The only series whose source Debian serves and whose build has been tried.
SERIES = "22.11"

NEEDS = (
    "dpkg-dev",
    "gcc",
    "libbsd-dev",
    "libnuma-dev",
    "libpcap-dev",
    "meson",
    "ninja-build",
    "pkg-config",
    "python3-pyelftools",
)

# Paths as in Debian's own build, or a replaced librte_eal looks for its drivers under /usr/local.
_MESON = (
    "--prefix=/usr",
    "--libdir=lib/x86_64-linux-gnu",
    "--buildtype=debug",
    "-Dplatform=generic",
    "-Dtests=false",
    "-Denable_docs=false",
    "-Denable_kmods=false",
    "-Ddisable_apps=*",
    "-Denable_drivers=bus/vdev",
)

# Exported, so that a process can write its counters before it is killed.
_COVERAGE_EXPORTS = "__gcov_dump", "__gcov_reset"


class NoSource(CannotRun):
    """Debian serves no source of the release that is installed, or its build has never been tried."""


def _run(argv: list[str], log: Path, **more: object) -> None:
    with log.open("ab") as output:
        done = subprocess.run(argv, stdout=output, stderr=subprocess.STDOUT, **more)  # type: ignore
    if done.returncode != 0:
        tail = " | ".join(log.read_text(errors="replace").strip().splitlines()[-3:])
        raise CannotRun(f"{argv[0]} failed ({log}): {tail}")


def installed() -> str:
    """Debian's source version of the libdpdk that is installed: "22.11.11-0+deb12u1"."""
    argv = ["dpkg-query", "-W", "-f", "${source:Version}", "libdpdk-dev"]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise CannotRun("libdpdk-dev is not installed from Debian: there is no source to build")
    if not done.stdout.startswith(SERIES):
        raise NoSource(
            f"libdpdk-dev is {done.stdout}: only Debian's {SERIES} can be built from source here"
        )
    return done.stdout


def source_lists(index_targets: str) -> str:
    """apt sources that serve source packages, from what `apt-get indextargets` tells of the machine's
    own (URI|release|component, one a line)."""
    lines = sorted({line for line in index_targets.splitlines() if line.count("|") == 2})
    return "".join("deb-src {} {} {}\n".format(*line.split("|")) for line in lines)


def fetch(command: str, version: str) -> Path:
    """The unpacked source, downloaded where it is not there yet; the host's apt state is not touched."""
    folder = HERE / version
    tree = folder / "dpdk"
    if (tree / "meson.build").exists():
        return tree
    step(command, f"downloading Debian's source of dpdk {version} (16 MB)")
    folder.mkdir(parents=True, exist_ok=True)
    own = "\n".join(index_targets("$(REPO_URI)|$(RELEASE)|$(COMPONENT)"))
    apt = Apt(folder / "apt", source_lists(own))
    apt.get("update")
    apt.get("source", "--download-only", f"dpdk={version}", cwd=folder)
    described = sorted(folder.glob("dpdk_*.dsc"))
    if not described:
        raise CannotRun(f"apt-get source brought no dpdk {version} ({apt.log})")
    _run(["dpkg-source", "-x", str(described[0]), str(tree)], folder / "log", cwd=folder)
    export(tree / "lib" / "eal" / "version.map")
    return tree


def export(version_map: Path) -> None:
    """Adds gcov's functions to what a library exports (unknown ones are no error to the linker)."""
    text = version_map.read_text()
    more = "".join(f"\t{name};\n" for name in _COVERAGE_EXPORTS)
    version_map.write_text(re.sub(r"\tglobal:\n", r"\g<0>" + more, text, count=1))


def build(command: str, tree: Path, name: str, options: list[str]) -> Path:
    """A folder that holds librte_eal.so.<ABI>, to be put first in LD_LIBRARY_PATH."""
    folder = tree.parent / name
    log = tree.parent / f"{name}.log"
    # meson wants Debian's python, as do the scripts that it runs.
    environment = {**os.environ, "PATH": f"/usr/bin:{os.environ.get('PATH', '')}"}
    if not (folder / "build.ninja").exists():
        step(command, f"building librte_eal ({name})")
        _run(["meson", "setup", str(folder), str(tree), *_MESON, *options], log, env=environment)
    abi = (tree / "ABI_VERSION").read_text().strip()
    library = f"lib/librte_eal.so.{abi}"
    _run(["ninja", "-C", str(folder), library], log, env=environment)
    return folder / "lib"


def first(library: Path) -> dict[str, str]:
    """The environment in which this folder's libraries come before others."""
    path = os.pathsep.join(filter(None, [str(library), os.environ.get("LD_LIBRARY_PATH")]))
    return {"LD_LIBRARY_PATH": path}
