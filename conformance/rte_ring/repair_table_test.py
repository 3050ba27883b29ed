# SPDX-License-Identifier: BSD-3-Clause
"""The table of repairs: what it says is what it was given, and what differs is found."""

from conformance.rte_ring import repair_table

TABLE = {"MP-MC enqueue": {"nothing": "producers hang", "drain, reset": 'works, "8" lost'}}


def test_what_is_written_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(repair_table, "HERE", tmp_path)
    path = repair_table.path_of((22, 11, 3))
    path.write_text(repair_table.text_of(TABLE, "22.11"), encoding="utf-8")
    assert repair_table.load((22, 11, 9)) == TABLE
    assert repair_table.load((23, 11, 0)) is None


def test_the_same_differs_in_nothing():
    rows = TABLE["MP-MC enqueue"]
    assert repair_table.difference(rows, dict(rows)) == {}


def test_a_changed_outcome_is_told():
    rows = TABLE["MP-MC enqueue"]
    assert repair_table.difference(rows, {**rows, "nothing": "works"}) == {"nothing": "works"}


def test_a_repair_that_is_not_tried_is_told():
    rows = TABLE["MP-MC enqueue"]
    assert repair_table.difference(rows, {"nothing": rows["nothing"]}) == {
        "drain, reset": "not tried"
    }


def test_a_repair_that_is_not_published_is_told():
    rows = TABLE["MP-MC enqueue"]
    assert repair_table.difference(rows, {**rows, "pray": "works"}) == {"pray": "works"}
