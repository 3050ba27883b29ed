# SPDX-License-Identifier: BSD-3-Clause
"""Flags that cannot be together, and flags that are none: refused by each function that makes a ring."""

from __future__ import annotations

from itertools import combinations

from conformance.rte_ring.api import CONSUMERS, PRODUCERS
from conformance.rte_ring.makers import every_maker, told
from targets.scene import Scene

KNOWN = 0x7F  # of rte_ring_core.h, one bit each


def _clashes() -> list[list[str]]:
    """Flags of two or three modes for one side."""
    return [
        list(some)
        for modes in (PRODUCERS, CONSUMERS)
        for several in (2, 3)
        for some in combinations([mode.flag for mode in modes.values() if mode.flag], several)
    ]


@every_maker
def test_every_clash_of_modes_is_refused(scene: Scene, maker: str):
    """Any two or three modes together for the same side are refused: no ring, EINVAL.

    Source: rte_ring.h: "One of mutually exclusive flags that define producer (consumer) behavior";
        "NULL on error"; "0 on success, or a negative value on error"
    Since: 20.08   Strength: must
    """
    primary = scene.primary()
    seen = {told(primary, maker, count=8, flags=flags) for flags in _clashes()}
    assert seen == {"EINVAL"}


@every_maker
def test_every_unknown_flag_is_refused(scene: Scene, maker: str):
    """Every flag that rte_ring_core.h does not have is refused: no ring, EINVAL.

    Source: rte_ring.h, "flags: An OR of the following"; "NULL on error"; "a negative value on error"
    Since: 20.08   Strength: must
    """
    primary = scene.primary()
    unknown = [1 << bit for bit in range(32) if not KNOWN & 1 << bit]
    seen = {told(primary, maker, count=8, more_flags=flag) for flag in unknown}
    assert seen == {"EINVAL"}
