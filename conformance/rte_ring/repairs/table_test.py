# SPDX-License-Identifier: BSD-3-Clause
"""The table of repairs: what it says is what it was given, and what differs is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.rte_ring.repairs.table import TABLE, differences

ROWS = {"nothing": "producers hang", "drain, reset": 'works, "8" lost'}
REPAIRS = {"MP-MC enqueue": ROWS}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    table = replace(TABLE, folder=tmp_path)
    table.publish((22, 11, 3), REPAIRS)
    assert table.load((22, 11, 9)) == REPAIRS


@pytest.mark.parametrize(
    "seen, found",
    [
        (ROWS, {}),
        ({**ROWS, "nothing": "works"}, {"MP-MC enqueue, nothing": "works"}),
        ({"nothing": ROWS["nothing"]}, {"MP-MC enqueue, drain, reset": "not tried"}),
        ({**ROWS, "pray": "works"}, {"MP-MC enqueue, pray": "works"}),
    ],
)
def test_what_differs_is_told(seen: dict[str, str], found: dict[str, str]) -> None:
    assert differences(REPAIRS, {"MP-MC enqueue": seen}) == found


def test_state_that_was_not_seen_is_no_difference() -> None:
    assert differences(REPAIRS, {}) == {}


def test_state_that_is_not_published_is_one() -> None:
    assert differences({}, {"HTS enqueue": {"skip": "works"}}) == {"HTS enqueue, skip": "works"}


def test_table_beside_another_one_has_the_states_that_differ(tmp_path: Path) -> None:
    table = replace(TABLE, folder=tmp_path)
    table.publish((22, 11, 11), {**REPAIRS, "HTS enqueue": {"nothing": "producers hang"}})
    later = {**REPAIRS, "HTS enqueue": {"nothing": "works"}}
    text = table.publish((24, 11, 8), later).read_text()
    assert ("MP-MC" in text, "HTS" in text) == (False, True)
    assert table.load((24, 11, 8)) == later
