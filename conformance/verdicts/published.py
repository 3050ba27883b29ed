# SPDX-License-Identifier: BSD-3-Clause
"""A table that is published for each release series: where it is, how it is read and written.

The file of a series holds the whole table, or what differs from that of another series, which it names:
as = "22.11".
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Generic, TypeVar

from conformance.verdicts.run import Run, on_this
from targets.outcome import Unavailable

T = TypeVar("T")

Release = tuple[int, ...]


class TableError(Exception):
    """A published table that says something that cannot be meant."""


def series(release: Release) -> str:
    """The series of a release: "22.11"."""
    return f"{release[0]:02}.{release[1]:02}"


@dataclass(frozen=True)
class Published(Generic[T]):
    """One kind of table, a TOML file a release series.

    made_by: the command that publishes it.  parse: the table in what the file holds; TableError where it
    cannot be meant.  text_of: the file.  less: of a table, what another one does not say.  over: the
    table of which `less` has left this, and the other one.  kind: what distinguishes it from another
    table of the folder.
    """

    folder: Path
    made_by: str
    parse: Callable[[dict[str, Any]], T]
    text_of: Callable[[T, Release], str]
    less: Callable[[T, T], T]
    over: Callable[[T, T], T]
    kind: str = ""

    def path_of(self, release: Release) -> Path:
        """The file of a release's series, whether there is one or not."""
        return self._path(series(release))

    def _path(self, named: str) -> Path:
        return self.folder / f"{named}{'-' if self.kind else ''}{self.kind}.toml"

    def all(self) -> list[str]:
        """The series that have a table, the oldest first."""
        names = [path.stem for path in self.folder.glob("*.toml")]
        matches = [re.fullmatch(r"(\d\d\.\d\d)(?:-(\w+))?", name) for name in names]
        return sorted(match[1] for match in matches if match and (match[2] or "") == self.kind)

    def load(self, release: Release) -> T | None:
        """The table of a release's series, or None; TableError, in one line, with the file's name."""
        return self._load(series(release)) if self.path_of(release).exists() else None

    def _load(self, named: str) -> T:
        path = self._path(named)
        try:
            other, own = self._read(path)
            return own if other is None else self.over(own, self._whole(other))
        except (tomllib.TOMLDecodeError, TableError) as error:
            raise TableError(f"{path.name}: {error}") from error

    def _read(self, path: Path) -> tuple[str | None, T]:
        """The series that a file names, None if it holds the whole table, and what the file says."""
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        other = raw.pop("as", None)
        return other, self.parse(raw)

    def _whole(self, named: str) -> T:
        """The table of a series that another one names."""
        path = self._path(named)
        if not path.exists():
            raise TableError(f'as = "{named}": there is no {path.name}')
        other, table = self._read(path)
        if other is not None:
            raise TableError(
                f'as = "{named}": {path.name} names {other} itself, and is no whole table'
            )
        return table

    def _named_by(self, named: str) -> str | None:
        """The series whose table that of this series names."""
        path = self._path(named)
        return self._read(path)[0] if path.exists() else None

    def publish(self, release: Release, table: T) -> Path:
        """Writes the table of a release's series; its file.

        It names the whole table of the series before, or else of the next one: only what differs is
        written. Where others name this series, theirs say afterwards what they have said before.
        """
        mine = series(release)
        others = {name: self._load(name) for name in self.all() if self._named_by(name) == mine}
        base = None if others else self._base_for(mine)
        path = self._path(mine)
        path.write_text(self._text(table, release, base), encoding="utf-8")
        for name, its in others.items():
            self._write_again(name, its, mine)
        return path

    def _base_for(self, mine: str) -> str | None:
        wholes = [name for name in self.all() if name != mine and self._named_by(name) is None]
        older = [name for name in wholes if name < mine]
        return max(older) if older else min(wholes) if wholes else None

    def _text(self, table: T, release: Release, base: str | None) -> str:
        if base is None:
            return self.text_of(table, release)
        return _naming(base, self.text_of(self.less(table, self._whole(base)), release))

    def _write_again(self, named: str, table: T, base: str) -> None:
        """Writes what differs from a table that has changed. What is said at the head stays: it is as
        old as what was measured."""
        path = self._path(named)
        head = _head(path.read_text(encoding="utf-8"))
        text = self._text(table, tuple(map(int, named.split("."))), base)
        path.write_text(head + text[len(_head(text)) :], encoding="utf-8")

    def of(self, run: Run) -> T:
        """The table for a clause. Unavailable if there is none, or if the peer's instructions are not
        those that were measured."""
        if run.sanitized:
            raise Unavailable("needs the instructions that users run: a peer without sanitizers")
        table = self.load(run.release)
        if table is None:
            raise Unavailable(
                f"needs a published table of DPDK {series(run.release)}: make one by "
                f"{on_this(self.made_by)}"
            )
        return table


def _head(text: str) -> str:
    """The lines of comment that a file begins with."""
    found = re.match(r"(#.*\n)*", text)
    return found[0] if found else ""


def _naming(base: str, text: str) -> str:
    """The text of a file that names another series."""
    head = _head(text)
    return f"{head}\nas = {json.dumps(base)}\n{text[len(head):]}"
