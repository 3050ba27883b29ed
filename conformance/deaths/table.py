# SPDX-License-Identifier: BSD-3-Clause
"""The published table of deaths inside operations: data, one file a release series."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from conformance.deaths.range import Range
from conformance.verdicts.published import Published, TableError, series

# So many rows of each side tell a difference.
_SHOWN = 3

_ROW = re.compile(r"(\d+)-(\d+): (.*?)(?: @ (.*))?")


@dataclass(frozen=True)
class Table:
    """Ranges by operation. compiler: of the peer that was stepped through.

    others: that of the operations, by name, which are told by the table of another compiler: of them the
    outcomes hold, one after another, and not the numbers.
    """

    compiler: str
    walks: dict[str, list[Range]]
    others: dict[str, str] = field(default_factory=dict)

    def compiler_of(self, walk: str) -> str:
        """The compiler whose instructions are counted in an operation."""
        return self.others.get(walk, self.compiler)


def published(folder: Path, made_by: str, head: str) -> Published[Table]:
    """The tables of a folder. head: the lines that begin each file, with {series} and {made_by}."""

    def text_of(table: Table, release: tuple[int, ...]) -> str:
        return head.format(series=series(release), made_by=made_by) + "\n" + body_of(table)

    return Published(folder, made_by, parse, text_of, less, over)


def less(table: Table, other: Table) -> Table:
    """The table without the operations that another one tells alike."""
    return Table(table.compiler, {name: table.walks[name] for name in differences(other, table)})


def over(table: Table, other: Table) -> Table:
    """The operations of a table, and those of another one that it does not have."""
    rest = {name: ranges for name, ranges in other.walks.items() if name not in table.walks}
    walks = {name: table.walks.get(name) or rest[name] for name in [*other.walks, *table.walks]}
    return Table(table.compiler, walks, {name: other.compiler_of(name) for name in rest})


def body_of(table: Table) -> str:
    """The data, as TOML."""
    parts = [f"compiler = {json.dumps(table.compiler)}\n"]
    for walk, ranges in table.walks.items():
        rows = "".join(f"    {json.dumps(_row(each))},\n" for each in ranges)
        parts.append(f"[[walk]]\nname = {json.dumps(walk)}\nranges = [\n{rows}]\n")
    return "\n".join(parts)


def _row(each: Range) -> str:
    return f"{each.first}-{each.last}: {each.outcome} @ {each.source}"


def parse(data: dict[str, Any]) -> Table:
    """The table in what a file holds."""
    walks: dict[str, list[Range]] = {}
    for entry in data.get("walk", []):
        rows = [_ROW.fullmatch(row) for row in entry["ranges"]]
        if not rows or None in rows:
            raise TableError(f"{entry['name']}: a row is 'first-last: outcome @ source'")
        walks[entry["name"]] = [
            Range(int(row[1]), int(row[2]), row[3], row[4] or "") for row in rows if row
        ]
    return Table(data.get("compiler", ""), walks)


def differences(published: Table, seen: Table) -> dict[str, str]:
    """The differences to the published table, by operation: only of operations that were seen.

    With another compiler there are other instructions: then only which outcomes follow each other
    counts.
    """
    found = {
        name: difference(
            published.walks.get(name, []),
            ranges,
            published.compiler_of(name) == seen.compiler_of(name),
        )
        for name, ranges in seen.walks.items()
    }
    return {name: what for name, what in found.items() if what}


def difference(published: list[Range], seen: list[Range], same_compiler: bool) -> str:
    """The difference to the published table, in one line; "" where there is none."""
    if not same_compiler:
        wanted, got = [each.outcome for each in published], [each.outcome for each in seen]
        return "" if wanted == got else f"outcomes {got} instead of {wanted}"
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(published, seen)))
    if alike == len(published) == len(seen):
        return ""
    return f"{_rows(seen[alike:])} instead of {_rows(published[alike:])}"


def _rows(ranges: list[Range]) -> str:
    """The first few, as text."""
    rows = [repr(_row(each)) for each in ranges[:_SHOWN]]
    more = ["..."] if len(ranges) > _SHOWN else []
    return ", ".join(rows + more) or "no more ranges"
