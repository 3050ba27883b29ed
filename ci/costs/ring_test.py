# SPDX-License-Identifier: BSD-3-Clause
"""Proves that what a ring costs is measured between processes, told and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.rte_ring import cost as ring_cost
from ci.costs import plot
from ci.costs import report as ring_report
from conformance.rte_ring.cost import ALONE, APART, BURSTS, TOGETHER, Cell, Costs, of_a_round
from conformance.rte_ring.api import PAIRS
from targets.peer import Refused
from targets.scene import Scene


def test_both_cores_are_paid_for_and_one_is_paid_for_once() -> None:
    sides = [[99.0, 4.0, 5.0, 6.0, 99.0], [99.0, 7.0, 7.0, 7.0, 0.0]]
    assert of_a_round(APART, sides) == 12.0
    assert of_a_round(TOGETHER, sides) == 6.0
    assert of_a_round(ALONE, sides[:1]) == 5.0


def test_one_cpu_has_no_two_cores() -> None:
    assert APART not in {cell.place for cell in ring_cost.cells([3])}
    assert len(ring_cost.cells([3, 4])) == 3 * len(BURSTS) * len(PAIRS)
    assert ring_cost.kind([3]) == "one CPU"


def test_spread_is_of_the_rounds() -> None:
    assert (Costs([7.0]).median, Costs([7.0]).spread) == (7.0, (7.0, 7.0))
    assert (Costs([1.0, 2.0, 3.0, 4.0, 90.0]).median, Costs([1, 2, 3, 4, 90]).spread) == (3, (2, 4))


def test_each_cell_is_measured_once_a_round(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_cost, "OBJECTS", 256)
    monkeypatch.setattr(ring_cost, "BURSTS", (8,))
    monkeypatch.setattr(ring_report, "BURSTS", (8,))
    scene.hugepages()
    seen: list[tuple[int, int]] = []
    cpus = ring_cost.two_cpus()
    table = ring_cost.measure(scene, 2, cpus, lambda number, of: seen.append((number, of)))
    assert seen == [(1, 2), (2, 2)]
    assert {len(costs.rounds) for costs in table.values()} == {2}
    assert all(min(costs.rounds) > 0 for costs in table.values())
    lines = ring_report.text(table, []).splitlines()
    assert sum(line.startswith("RTS-HTS") for line in lines) == len(ring_cost.places(cpus))
    assert sum("8 a call:" in line for line in lines) == len(ring_cost.places(cpus)) - 1
    assert len(ring_report.report(table, [])["cells"]) == len(table)
    scene.close()


def test_loops_that_c_could_not_express_are_refused(scene: Scene) -> None:
    peer = scene.primary()
    peer.call("ring_create", name="r", count=64)
    good: dict[str, Any] = {"name": "r", "n": 8, "objects": 64, "slices": 3, "cpu": 0}

    def told(**changed: Any) -> Any:
        return peer.call("ring_both_timed", **{**good, **changed})

    for key, value, why in (
        ("n", 0, "n is 0; it must be 1 to"),
        ("objects", 12, "must be a multiple of n, 8"),
        ("slices", 2**32, "slices.* is 4294967296"),
    ):
        with pytest.raises(Refused, match=why):
            told(**{key: value})
    assert (told(cpu=100_000).ret, told(name="none").ret, len(told().cycles)) == (-1, -1, 3)
    scene.close()


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    table = {cell: Costs([1.0, 2.0, 3.0]) for cell in ring_cost.cells([0, 1])}
    plot.rings(table, "a ring", tmp_path / "rings.svg")
    assert "objects a call" in (tmp_path / "rings.svg").read_text()


def test_a_cell_says_what_it_is() -> None:
    assert str(Cell("SP-SC", 8, APART)) == "SP-SC 8 two cores"
