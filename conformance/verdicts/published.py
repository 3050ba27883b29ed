# SPDX-License-Identifier: BSD-3-Clause
"""A table that is published for each release series: where it is, how it is read and written."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Generic, TypeVar

from conformance.verdicts.run import Run
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
    cannot be meant.  text_of: the file.  kind: what distinguishes it from another table of the folder.
    """

    folder: Path
    made_by: str
    parse: Callable[[dict[str, Any]], T]
    text_of: Callable[[T, Release], str]
    kind: str = ""

    def path_of(self, release: Release) -> Path:
        """The file of a release's series, whether there is one or not."""
        return self.folder / f"{series(release)}{'-' if self.kind else ''}{self.kind}.toml"

    def load(self, release: Release) -> T | None:
        """The table of a release's series, or None; TableError, in one line, with the file's name."""
        path = self.path_of(release)
        if not path.exists():
            return None
        try:
            return self.parse(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, TableError) as error:
            raise TableError(f"{path.name}: {error}") from error

    def publish(self, release: Release, table: T) -> Path:
        """Writes the table of a release's series; its file."""
        path = self.path_of(release)
        path.write_text(self.text_of(table, release), encoding="utf-8")
        return path

    def of(self, run: Run) -> T:
        """The table for a clause. Unavailable if there is none, or if the peer's instructions are not
        those that were measured."""
        if run.sanitized:
            raise Unavailable("needs the instructions that users run: a peer without sanitizers")
        table = self.load(run.release)
        if table is None:
            raise Unavailable(
                f"needs a published table of DPDK {series(run.release)}: make one by {self.made_by}"
            )
        return table
