# SPDX-License-Identifier: BSD-3-Clause
"""The published table of deaths inside ring operations: data, one file a release series."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

try:
    import tomllib
except ModuleNotFoundError:  # Python before 3.11
    import tomli as tomllib  # type: ignore[no-redef]

from conformance.rte_ring.walk import Range

HERE = Path(__file__).parent / "deaths"

_ROW = re.compile(r"(\d+)-(\d+): (.*?)(?: @ (.*))?")

HEAD = """\
# What a process that is killed inside one ring operation leaves to the others, DPDK {series}: measured.
# "first-last: outcome @ source": killed after so many instructions, and where the next ones come from.
# Numbers of instructions are those of this compiler; what comes after what is not. By ci/rings --write.

compiler = {compiler}
"""


class TableError(Exception):
    """A table that says something that cannot be meant."""


@dataclass(frozen=True)
class Table:
    """Ranges by walk, as str(walk) names it. compiler: of the peer that was stepped through."""

    compiler: str
    walks: dict[str, list[Range]]


def path_of(release: tuple[int, ...], folder: Path = HERE) -> Path:
    """The file of a release's series, whether there is one or not."""
    return folder / f"{release[0]}.{release[1]:02}.toml"


def text_of(table: Table, series: str, head: str = HEAD) -> str:
    """The file."""
    parts = [head.format(series=series, compiler=json.dumps(table.compiler))]
    for walk, ranges in table.walks.items():
        rows = "".join(f"    {json.dumps(_row(each))},\n" for each in ranges)
        parts.append(f"[[walk]]\nname = {json.dumps(walk)}\nranges = [\n{rows}]\n")
    return "\n".join(parts)


def _row(each: Range) -> str:
    return f"{each.first}-{each.last}: {each.outcome} @ {each.source}"


def parse(text: str, name: str) -> Table:
    """The table in a file's text; TableError, in one line, with the file's name."""
    data = tomllib.loads(text)
    walks: dict[str, list[Range]] = {}
    for entry in data.get("walk", []):
        rows = [_ROW.fullmatch(row) for row in entry["ranges"]]
        if not rows or None in rows:
            raise TableError(f"{name}: {entry['name']}: a row is 'first-last: outcome @ source'")
        walks[entry["name"]] = [
            Range(int(row[1]), int(row[2]), row[3], row[4] or "") for row in rows if row
        ]
    return Table(data.get("compiler", ""), walks)


def load(release: tuple[int, ...], folder: Path = HERE) -> Table | None:
    """The table of this release's series, or None."""
    path = path_of(release, folder)
    return parse(path.read_text(encoding="utf-8"), path.name) if path.exists() else None


def difference(published: list[Range], seen: list[Range], same_compiler: bool) -> str:
    """The difference to the published table, in one line; "" where there is none.

    With another compiler there are other instructions: then only which outcomes follow each other
    counts.
    """
    if not same_compiler:
        wanted, got = [each.outcome for each in published], [each.outcome for each in seen]
        return "" if wanted == got else f"outcomes {got} instead of {wanted}"
    for one, other in zip(published, seen):
        if one != other:
            return f"{_row(other)!r} instead of {_row(one)!r}"
    if len(published) != len(seen):
        return f"{len(seen)} ranges instead of {len(published)}"
    return ""
