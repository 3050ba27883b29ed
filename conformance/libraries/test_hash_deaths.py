# SPDX-License-Identifier: BSD-3-Clause
"""A process killed while it changes a hash table: who hangs then, and what is lost."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.libraries.hash_table import FLAGS, LOCK_FREE
from targets.observed import observed
from targets.outcome import Inconclusive
from targets.peer import Peer
from targets.scene import Scene

EVERY = 13  # One death a so many instructions: a table is made for each.

changes = pytest.mark.parametrize("change", ["add", "delete"])


@observed
def _deaths(peer: Peer, flags: str, change: str) -> list[dict[str, Any]]:
    """What others find after each death inside a change of a table with these flags."""
    told = peer.call(
        "hash_deaths",
        6 * peer.scene.speed.deadline_s,
        name="deaths",
        extra_flag=FLAGS[flags],
        deletes=change == "delete",
        every=EVERY,
    )
    assert told.ret > 0, f"no deaths: {told.rte_errno}"
    deaths: list[dict[str, Any]] = told.deaths
    if len(deaths) < 10:
        raise Inconclusive(f"the change was over after {EVERY * len(deaths)} instructions")
    return deaths


def _who_hangs(death: dict[str, Any]) -> str:
    hang = [who for who in ("readers", "writers") if death[f"{who}_hang"]]
    return " and ".join(hang) or NOBODY


def _hang(deaths: list[dict[str, Any]]) -> tuple[str, list[str], str]:
    """The words for who hangs: after a death before the change, inside it (all words), and after it."""
    hang = list(map(_who_hangs, deaths))
    return hang[0], sorted(set(hang) - {NOBODY}), hang[-1]


NOBODY = "nobody"
HANG: dict[str, list[str]] = {
    "no flag": [],
    "MULTI_WRITER_ADD": ["writers"],
    "RW_CONCURRENCY": ["readers and writers"],
    "RW_CONCURRENCY_LF": [],
    "RW_CONCURRENCY_LF, MULTI_WRITER_ADD": ["writers"],
}


@changes
@pytest.mark.parametrize("flags", list(FLAGS))
def test_who_hangs_when_a_writer_is_dead(scene: Scene, flags: str, change: str):
    """A writer that is killed inside a change leaves the lock of the table locked, where the table has
    one: then writers hang, and readers, too, where they take that lock. Otherwise nobody hangs.

    Source: rte_hash.h, RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY: "Flag to support reader writer
        concurrency"; of death, nothing
    Since: 20.11   Strength: measured
    """
    seen = _hang(_deaths(scene.primary(), flags, change))
    assert seen == (NOBODY, HANG[flags], NOBODY)


@changes
@pytest.mark.parametrize("flags", [name for name in FLAGS if LOCK_FREE in FLAGS[name]])
def test_dead_writer_hides_no_other_key(scene: Scene, flags: str, change: str):
    """With lock-free concurrency, a writer that is killed inside a change hangs no reader,
    and every other key is found, with its own data.

    Source: guide, "Hash Library": "read/write concurrency is provided without using reader-writer lock"
    Since: 20.11   Strength: documented
    """
    deaths = _deaths(scene.primary(), flags, change)
    hang = [death["executed"] for death in deaths if death["readers_hang"]]
    wrong = [death["executed"] for death in deaths if death["lost"] or death["wrong"]]
    assert (hang, wrong) == ([], [])
