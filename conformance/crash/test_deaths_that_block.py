# SPDX-License-Identifier: BSD-3-Clause
"""The deaths at a system call that harm all others most: what they must not do to them."""

from __future__ import annotations

from pathlib import Path

from conformance.crash.stage import Stage, on_one_cpu
from conformance.verdicts.run import Run


def _effects(run: Run, folder: Path, activity: str, call: str, about: str) -> dict[str, str]:
    """The effects of killing a secondary at the first such call of an activity."""
    with on_one_cpu():
        stage = Stage(run, folder)
        try:
            points = stage.record(activity)
            here = next(point for point in points if point.call == call and about in point.target)
            found = stage.take(here).found
        finally:
            stage.leave()
    assert found is not None, f"{here} was not reached"
    return found


def test_death_while_attaching_keeps_nobody_from_memory(run: Run, scene_directory: Path) -> None:
    """A secondary killed while it attaches does not keep the others from getting more memory.

    Source: eal_memory.c, rte_eal_memory_init; guide: secondaries attach to what the primary has set up
    Since: 18.05   Strength: observed
    """
    found = _effects(run, scene_directory, "secondary attaches", "ftruncate", "fbarray_memseg")
    assert found.get("memory that must grow", "as ever") == "as ever"


def test_death_while_attaching_keeps_nobody_out(run: Run, scene_directory: Path) -> None:
    """A secondary killed while it attaches does not keep the next one from attaching.

    Source: eal_common_memzone.c, rte_eal_memzone_init; guide: any number of secondaries, at any time
    Since: 18.05   Strength: observed
    """
    found = _effects(run, scene_directory, "secondary attaches", "ftruncate", "fbarray_memzone")
    assert found.get("new secondary", "attaches") == "attaches"


def test_death_while_cleaning_up_keeps_nobody_out(run: Run, scene_directory: Path) -> None:
    """A secondary killed in rte_eal_cleanup does not keep the next one from attaching.

    Source: eal_common_memory.c, rte_eal_memory_detach; rte_eal.h, rte_eal_cleanup: it releases what this
        process has
    Since: 21.05   Strength: observed
    """
    found = _effects(run, scene_directory, "secondary cleans up", "close", "/run/huge/rtemap")
    assert found.get("new secondary", "attaches") == "attaches"


def test_dead_secondary_keeps_no_shared_memory(run: Run, scene_directory: Path) -> None:
    """A secondary that is killed, having asked for no memory at all, keeps none of the shared heap.

    Source: rte_service.c, rte_service_init, allocates from the heap in every process; no promise
    Since: 18.02   Strength: observed
    """
    found = _effects(run, scene_directory, "secondary tells", "sendmsg", "mp_socket")
    assert found.get("shared memory", "none lost") == "none lost"
