# SPDX-License-Identifier: BSD-3-Clause
"""Proves ci/container for real: on a bare root of Debian that is made here, with podman."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from ci.host import apt, hugepages, packages
from ci.host.say import CannotRun, step

ROOT = Path(__file__).resolve().parent.parent
BASE = "gauntlet-bare"
SUITE = "bookworm"

NEEDS = ("podman", "runc", "mmdebstrap")

# Of these clauses no release breaks one, and they need hugepages and namespaces.
KEPT = "conformance/rte_mp/test_action_register.py"

# Where CAP_SYS_RESOURCE is missing, as in a virtual machine of a CI service, an engine may not raise the
# limits of a container above ours; and where cgroups are of both versions, only runc starts one.
SETTINGS = """
[engine]
runtime = "runc"
[containers]
default_ulimits = ["nofile=10000:10000", "nproc=10000:10000"]
"""


def proved(command: str) -> bool:
    """Whether ci/container runs clauses in a container, and leaves the host as it was. CannotRun where
    no container can be run here."""
    packages.install(command, NEEDS)
    reserved = _reserved()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "containers.conf"
        settings.write_text(SETTINGS)
        # An image is made in a chroot: a container of its own would want a network of its own.
        environment = {
            **os.environ,
            "CONTAINERS_CONF": str(settings),
            "BUILDAH_ISOLATION": "chroot",
        }
        _make_base(command, environment)
        argv = [str(ROOT / "ci" / "container"), "--base", BASE, KEPT]
        status = subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL).returncode
    if _reserved() != reserved:
        step(command, f"{_reserved()} hugepages are reserved where {reserved} were")
        return False
    return status == 0


def _make_base(command: str, environment: dict[str, str]) -> None:
    """An image of Debian alone, as a registry of images would serve it."""
    step(command, f"making a bare root of Debian ({SUITE}), the base of the image")
    mirror = apt.mirror(apt.index_targets("$(LABEL)|$(REPO_URI)"))
    make = ["mmdebstrap", "--variant=minbase", "--quiet", SUITE, "-", mirror]
    take = ["podman", "import", "--quiet", "-", BASE]
    with subprocess.Popen(make, stdout=subprocess.PIPE) as made:
        taken = subprocess.run(
            take, stdin=made.stdout, env=environment, capture_output=True, text=True
        )
    if made.returncode != 0 or taken.returncode != 0:
        said = (taken.stderr.strip().splitlines() or ["mmdebstrap failed, see above"])[-1]
        raise CannotRun(f"podman has no base image: {said}")


def _reserved() -> int:
    size_kb = hugepages.default_size_kb()
    return hugepages.reserved(hugepages.folder_of(size_kb) / "nr_hugepages") if size_kb else 0
