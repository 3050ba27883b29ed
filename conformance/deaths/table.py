# SPDX-License-Identifier: BSD-3-Clause
"""The published table of deaths inside operations: data, one file a release series."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.deaths.range import Range
from conformance.verdicts.published import Published, TableError, series

_ROW = re.compile(r"(\d+)-(\d+): (.*?)(?: @ (.*))?")


@dataclass(frozen=True)
class Table:
    """Ranges by operation. compiler: of the peer that was stepped through."""

    compiler: str
    walks: dict[str, list[Range]]


def published(folder: Path, made_by: str, head: str) -> Published[Table]:
    """The tables of a folder. head: the lines that begin each file, with {series} and {made_by}."""

    def text_of(table: Table, release: tuple[int, ...]) -> str:
        return head.format(series=series(release), made_by=made_by) + "\n" + body_of(table)

    return Published(folder, made_by, parse, text_of)


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
    """What is different, by operation: only operations that were seen.

    With another compiler there are other instructions: then only which outcomes follow each other
    counts.
    """
    same_compiler = published.compiler == seen.compiler
    found = {
        name: difference(published.walks.get(name, []), ranges, same_compiler)
        for name, ranges in seen.walks.items()
    }
    return {name: what for name, what in found.items() if what}


def difference(published: list[Range], seen: list[Range], same_compiler: bool) -> str:
    """What is different in one operation, in one line; "" where nothing is."""
    if not same_compiler:
        wanted, got = [each.outcome for each in published], [each.outcome for each in seen]
        return "" if wanted == got else f"outcomes {got} instead of {wanted}"
    for one, other in zip(published, seen):
        if one != other:
            return f"{_row(other)!r} instead of {_row(one)!r}"
    if len(published) != len(seen):
        return f"{len(seen)} ranges instead of {len(published)}"
    return ""
