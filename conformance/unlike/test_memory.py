# SPDX-License-Identifier: BSD-3-Clause
"""A secondary whose hugetlbfs mount or address layout is not the primary's."""

from typing import Any

import pytest

from conformance.unlike.start import explained, outcome
from targets.scene import Scene


def _shared(scene: Scene, *eal: str, **own: Any) -> str:
    """Whether a secondary reads what the primary has written; "refused" where it is, with a reason."""
    primary = scene.primary()
    mine = primary.call("malloc", size=64).ret
    primary.call("write_memory", ptr=mine, data=b"shared")
    secondary, how = outcome(scene, *eal, **own)
    if how != "ready":
        return explained(how)
    data = secondary.call("read_memory", ptr=mine, count=6).data
    return "shared" if bytes.fromhex(data) == b"shared" else "other memory at the same address"


def test_hugetlbfs_of_its_own_is_refused_or_shared(scene: Scene):
    """A secondary that has a hugetlbfs mount of its own in the place of the primary's is refused with a
    reason, or shares the primary's memory all the same.

    Source: guide, "Memory Sharing": "all memory zones are shared between processes"; "Multi-process
        Limitations": "the exact same hugepage memory mappings"
    Since: 18.05   Strength: documented
    """
    assert _shared(scene, hugetlbfs=True) in ("shared", "refused")


def test_secondary_with_a_hugetlbfs_of_its_own_costs_no_page(scene: Scene):
    """A secondary that was refused for a hugetlbfs mount of its own has taken no hugepage from anybody.

    Source: guide, "Multi-process Support": secondaries "cannot initialize shared memory"
    Since: 18.05   Strength: observed
    """
    primary = scene.primary()
    primary.call("malloc", size=64)
    pages = [scene.hugepages()]
    for apart in (False, True, True):
        secondary, how = outcome(scene, hugetlbfs=apart)
        if how == "ready":
            secondary.stop()
        pages.append(scene.hugepages())
    # The control is the first one, which has nothing of its own.
    assert [after - before for before, after in zip(pages, pages[1:])] == [0, 0, 0]


@pytest.mark.parametrize("switch", ["--single-file-segments", "--legacy-mem"])
def test_memory_switch_of_its_own_is_refused_or_ignored(scene: Scene, switch: str):
    """A secondary that has a switch of the memory that the primary has not is refused with a reason, or
    shares the primary's memory all the same.

    Source: guide, "Memory Sharing": "secondary processes must be run with the same switch specified.
        Otherwise, memory corruption may occur"
    Since: 18.05   Strength: observed
    """
    assert _shared(scene, switch) in ("shared", "refused")


def test_secondary_without_the_memory_switch_is_refused_or_shares(scene: Scene):
    """A secondary that has not --single-file-segments as the primary has is refused with a reason, or
    shares the primary's memory all the same, memory that comes later included.

    Source: guide, "Memory Sharing": "secondary processes must be run with the same switch specified.
        Otherwise, memory corruption may occur"
    Since: 18.05   Strength: observed
    """
    # Not --legacy-mem: such a primary takes all hugepages of the machine for a moment.
    primary = scene.primary("--single-file-segments")
    secondary, how = outcome(scene)
    if how == "ready":
        memory = primary.call("malloc", size=2 << 20).ret
        secondary.call("write_memory", ptr=memory, data=b"shared")
        data = primary.call("read_memory", ptr=memory, count=6).data
        how = "shared" if bytes.fromhex(data) == b"shared" else "other memory at the same address"
    assert how == "shared" or how.startswith("refused: E")
