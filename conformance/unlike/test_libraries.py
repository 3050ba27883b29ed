# SPDX-License-Identifier: BSD-3-Clause
"""A secondary that has loaded other libraries than the primary, or in another order."""

from pathlib import Path

import pytest

from conformance.unlike.start import all_talk, outcome
from targets.drivers import BEHIND, LOADED
from targets.outcome import Unavailable
from targets.scene import Scene

# Mempool operations are known by their place in a table, which each library that is loaded adds to.
MEMPOOL_DRIVERS = ("stack", "bucket")


def _driver(scene: Scene, name: str) -> str:
    """The path of a driver that is installed, and that the processes do not load by themselves."""
    drivers = scene.drivers
    for path in sorted(drivers.folder.glob(f"librte_{name}.so.*")) if drivers else []:
        if LOADED.search(path.name):
            hidden = str(path.parent / BEHIND / path.name)
            return scene.root.inside(hidden) if scene.root else hidden
    raise Unavailable(f"needs librte_{name}.so in a folder of plugins")


def _library(scene: Scene, name: str) -> str:
    """The name by which the loader finds a library of DPDK that no peer is linked to."""
    root = scene.root.folder if scene.root else Path("/")
    for path in sorted((root / "usr/lib").rglob(f"librte_{name}.so.*")):
        return path.name
    raise Unavailable(f"needs librte_{name}.so")


@pytest.mark.parametrize(
    "driver, linked", [("stack", ["stack"]), ("bucket", [])], ids=MEMPOOL_DRIVERS
)
def test_mempool_driver_of_its_own_is_refused_or_no_harm(
    scene: Scene, driver: str, linked: list[str]
):
    """A secondary that loads a mempool driver before all others is refused (EFAULT), or takes objects
    out of the primary's pools as the primary does.

    Source: guide, "Memory Sharing": "all pointers to that memory are valid, and point to the same
        objects"
    Since: 18.05   Strength: observed
    """
    # What the driver is linked to has lists of objects of its own: everybody has it.
    alike = [word for name in linked for word in ("-d", _library(scene, name))]
    primary = scene.primary(*alike)
    primary.call("pktmbuf_pool_create", name="mbufs", n=63)
    assert (
        scene.secondary(*alike).call("mempool_get_bulk", name="mbufs", n=4).ret == 0
    )  # The control.
    secondary, how = outcome(scene, *alike, "-d", _driver(scene, f"mempool_{driver}"))
    if how == "ready":
        how = secondary.call("mempool_get_bulk", name="mbufs", n=4).ret
    assert how in (0, "refused: EFAULT")


def test_library_more_is_refused_or_no_harm(scene: Scene):
    """A secondary that loads a library with a list of shared objects, which the primary has not loaded,
    is refused (EFAULT), or attaches and talks.

    Source: rte_eal.h, rte_eal_init: "EFAULT indicates an error in memory configuration"; rte_tailq.h:
        each library registers its lists when it is loaded
    Since: 18.05   Strength: observed
    """
    scene.primary()
    _, how = outcome(scene, "-d", _library(scene, "distributor"))
    assert (how in ("ready", "refused: EFAULT"), all_talk(scene)) == (True, [])
