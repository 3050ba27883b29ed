# SPDX-License-Identifier: BSD-3-Clause
"""Proves that ring_perf_autotest is read rightly, and what is said where it and we do not agree."""

from __future__ import annotations

import pytest

from conformance.rte_ring.cost import ALONE, APART, Cell, Costs
from ci.costs.autotest import Beside, Told, beside, parse

# In its form; the figures are made up.
SAID = """
### Testing single element enq/deq ###
legacy APIs: SP/SC: single: 20.00

### Testing burst enq/deq ###
legacy APIs: SP/SC: burst (size: 8): 99.00

### Testing bulk enq/deq ###
legacy APIs: SP/SC: bulk (size: 8): 40.00
legacy APIs: MP/MC: bulk (size: 32): 96.00

### Testing empty bulk deq ###
legacy APIs: SP/SC: bulk (size: 8): 3.00

### Testing using two physical cores ###
legacy APIs: MP/MC: bulk (size: 8): 50.00

### Testing using all worker nodes ###
Bulk enq/dequeue count on size 8

### Testing bulk enq/deq ###
elem APIs: element size 16B: SP/SC: bulk (size: 8): 77.00
"""


def test_parts_that_are_ours_too_are_read() -> None:
    assert parse(SAID) == {
        Cell("SP-SC", 1, ALONE): 20.0,
        Cell("SP-SC", 8, ALONE): 5.0,  # It tells the cycles of a whole call.
        Cell("MP-MC", 32, ALONE): 3.0,
        Cell("MP-MC", 8, APART): 50.0,  # And here those of an object.
    }


@pytest.mark.parametrize("said", ["", "RTE>>ring_perf_autotest\nTest Failed\n"])
def test_what_cannot_be_read_is_no_figure(said: str) -> None:
    with pytest.raises(ValueError, match="nothing that can be read"):
        parse(said)


def test_ten_per_cent_are_near() -> None:
    cell = Cell("SP-SC", 8, ALONE)
    near = [Beside(cell, Costs([ours]), (10.0,), 0).near for ours in (9.0, 9.1, 11.0, 11.1)]
    assert near == [False, True, True, False]


@pytest.mark.parametrize(
    "ours, theirs, why",
    [
        ([10.0], (10.0,), "None"),
        ([5.0], (10.0, 20.0, 10.1), "the machine is not steady"),
        ([3.0, 5.0, 9.0], (10.0, 10.2), "the machine is not steady"),
        ([12.0], (10.0, 10.2), "ours asks the ring for its mode"),
    ],
)
def test_why_they_are_not_near(ours: list[float], theirs: tuple[float, ...], why: str) -> None:
    assert why in str(Beside(Cell("SP-SC", 8, ALONE), Costs(ours), theirs, 7).why)


def test_what_explains_nothing_is_not_said() -> None:
    # Whoever does more does not cost less.
    assert Beside(Cell("SP-SC", 8, APART), Costs([5.0]), (10.0, 10.1), 7).why == "not known"


def test_only_what_both_have_stands_beside() -> None:
    table = {Cell("SP-SC", 8, ALONE): Costs([4.0, 6.0, 5.0]), Cell("SP-SC", 1, APART): Costs([9.0])}
    found = beside(table, [Told(parse(SAID), 1), Told(parse(SAID), 2)])
    assert [(str(each.cell), each.ours.median, each.theirs, each.preempted) for each in found] == [
        ("SP-SC 8 one process", 5.0, (5.0, 5.0), 3)
    ]
