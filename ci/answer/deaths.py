# SPDX-License-Identifier: BSD-3-Clause
"""The maps of deaths that a page shows: for each operation a bar, from its first instruction to its
last, with what a death at each of them leaves to the others."""

from __future__ import annotations

from typing import Any

from ci.answer import states
from conformance.deaths.range import Range
from conformance.deaths.table import Table, differences
from conformance.rte_mempool.deaths.walk import TABLE as OF_POOLS
from conformance.rte_ring.deaths.walk import TABLE as OF_RINGS
from conformance.rte_ring.soring.deaths.walk import TABLE as OF_SORINGS
from conformance.verdicts.expected import numbers
from conformance.verdicts.published import Published

# What is shown, and the clauses that have to be run for it: only what a run could confirm is shown.
MAPS: tuple[tuple[str, Published[Table], str], ...] = (
    ("rings", OF_RINGS, "conformance/rte_ring/test_deaths.py::"),
    ("staged ordered rings", OF_SORINGS, "conformance/rte_ring/soring/test_deaths.py::"),
    ("mempools", OF_POOLS, "conformance/rte_mempool/test_pool_deaths.py::"),
)

# So many operations are named where a table has changed.
FEW = 4

_HARMLESS = ("as if it had died", "nothing is ", "nobody else's ", "its objects pass on")


def state_of(outcome: str) -> str:
    """How bad an outcome is, in the states that the page has colours for."""
    if " hang" in outcome or " for ever" in outcome:
        return states.RED
    return states.HOLDS if outcome.startswith(_HARMLESS) else states.BROKEN


def maps(reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The maps that these runs have confirmed, each with the runs that it is of: those of one table are
    told once."""
    found: dict[str, dict[str, Any]] = {}
    for report in reports:
        for name, table in _confirmed(report).items():
            walks = [
                {"name": walk, "parts": [_part(each) for each in ranges]}
                for walk, ranges in table.walks.items()
            ]
            # A table that names another one has that one's numbers, where no more than they differ.
            compilers = ", ".join(sorted({table.compiler_of(walk) for walk in table.walks}))
            shown = found.setdefault(
                f"{name} {walks}",
                {"name": name, "of": [], "walks": walks, "compiler": compilers},
            )
            shown["of"].append(report["called"])
    return list(found.values())


def _confirmed(report: dict[str, Any]) -> dict[str, Table]:
    """The published tables of which a run has confirmed something, by name."""
    found: dict[str, Table] = {}
    for name, published, clauses in MAPS:
        run = any(
            case["clause"].startswith(clauses) and states.state_of(case["how"]) == states.HOLDS
            for case in report["clauses"]
        )
        table = published.load(numbers(report["release"])) if run else None
        if table is not None:
            found[name] = table
    return found


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What has changed in the published tables that both runs have confirmed, a line for each."""
    was, now = _confirmed(before), _confirmed(after)
    lines = []
    for name in was.keys() & now.keys():
        differ = differences(was[name], now[name])
        if differ:
            operations = sorted(differ)
            more = f" and {len(operations) - FEW} more" if len(operations) > FEW else ""
            lines.append(
                f"what a death leaves in {name} differs in {len(operations)} operations: "
                f"{', '.join(operations[:FEW])}{more}"
            )
    return lines


def _part(each: Range) -> list[Any]:
    """How many instructions, how bad, and what is said of them."""
    told = f"killed after {each.first} to {each.last} instructions: {each.outcome} @ {each.source}"
    return [each.last - each.first + 1, state_of(each.outcome), told]
