# SPDX-License-Identifier: BSD-3-Clause
"""Proves that each published table is read, and has nothing that the one that it names says, too."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.crash import table as crash_table
from conformance.rte_mempool.deaths import walk as pool_walk
from conformance.rte_ring.deaths import walk as ring_walk
from conformance.rte_ring.repairs import table as repair_table
from conformance.verdicts.published import Published

KINDS: list[Published[Any]] = [
    *crash_table.TABLES.values(),
    pool_walk.TABLE,
    ring_walk.TABLE,
    repair_table.TABLE,
]
ALL = [
    pytest.param(kind, tuple(map(int, name.split("."))), id=f"{kind.made_by} {name}")
    for kind in KINDS
    for name in kind.all()
]


def _body(path: Path) -> list[str]:
    """What a file says, below its head."""
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("kind", "release"), ALL)
def test_table_is_as_it_would_be_written(
    kind: Published[Any], release: tuple[int, ...], tmp_path: Path
) -> None:
    for path in kind.folder.glob("*.toml"):
        shutil.copy(path, tmp_path)
    table: Any = kind.load(release)
    written = replace(kind, folder=tmp_path).publish(release, table)
    assert _body(written) == _body(kind.path_of(release))


@pytest.mark.parametrize("kind", KINDS, ids=[kind.made_by for kind in KINDS])
def test_22_11_has_a_table_of_each_kind(kind: Published[Any]) -> None:
    assert "22.11" in kind.all()
