# SPDX-License-Identifier: BSD-3-Clause
"""Proves that deaths with the same outcome are folded, and how their lines are told."""

from __future__ import annotations

from typing import Any

from conformance.deaths.range import Range, fold, lines


def _death(executed: int, outcome: str, at: bool = True) -> dict[str, Any]:
    address = {"file": "peer", "offset": executed}
    return {"executed": executed, "outcome": outcome, "at": address if at else None}


def test_equal_outcomes_are_folded() -> None:
    deaths = [_death(0, "a"), _death(1, "a"), _death(2, "b"), _death(3, "b", at=False)]
    found = fold(deaths, lambda d: str(d["outcome"]), lambda at: f"rte_ring.h:{100 + at['offset']}")
    assert found == [Range(0, 1, "a", "rte_ring.h:100-101"), Range(2, 3, "b", "rte_ring.h:102")]


def test_lines_of_several_files() -> None:
    assert lines(["a.h:3", "the call", "a.h:9", "b.h:1"]) == "a.h:3-9, the call, b.h:1"
