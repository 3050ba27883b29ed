# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the table counts each case once, in the row of its clause and the column of its run."""

from __future__ import annotations

from ci.answer import side_by_side
from ci.answer.example import case, report


def test_a_table_has_what_became_of_each_clause_on_each_port() -> None:
    one, other = "conformance/ethdev/t.py::one", "conformance/ethdev/t.py::other"
    tap = report(
        case("holds", clause=f"{one}[a]"),
        case("breaks", clause=f"{one}[b]"),
        case("breaks as recorded", clause=f"{one}[c]"),
        case("not run", clause=other),
        called="net_tap",
    )
    rows = side_by_side.table([tap, report(case("holds", clause=other), called="net_pcap")])
    head, *rest = [line.split("  ") for line in rows.splitlines()]
    assert [word for word in head if word][-2:] == ["net_tap", "net_pcap"]
    assert [[word.strip() for word in row if word] for row in rest] == [
        ["ethdev/t.py::one", "1 1F 1b", "-"],
        ["ethdev/t.py::other", "1s", "1"],
    ]
