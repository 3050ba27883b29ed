# SPDX-License-Identifier: BSD-3-Clause
"""What a command that was cut off has left, so that the same command goes on from there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ci.releases import ROOT

_ROOMS = ("ci", "conformance", "faults", "targets", "traffic")


def key_of(arguments: list[str], root: Path = ROOT) -> dict[str, Any]:
    """What must be the same for a run to go on: the arguments and Gauntlet's own files."""
    files = [path for room in _ROOMS for path in (root / room).rglob("*") if path.is_file()]
    stamps = [path.stat() for path in files if path.suffix != ".pyc"]
    newest = max((stamp.st_mtime_ns for stamp in stamps), default=0)
    return {"arguments": arguments, "files": len(stamps), "newest": newest}


@dataclass(frozen=True)
class Unfinished:
    """A folder of reports that is complete once its note is gone.

    folder: below it the reports of the releases.  key: as key_of gives it.
    """

    folder: Path
    key: dict[str, Any]

    @property
    def _note(self) -> Path:
        return self.folder / "unfinished.json"

    def goes_on(self) -> bool:
        """Whether the folder has what the same command has left when it was cut off."""
        try:
            return bool(json.loads(self._note.read_text()) == self.key)
        except (OSError, json.JSONDecodeError):
            return False

    def begin(self) -> None:
        """From now on it is unfinished."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._note.write_text(json.dumps(self.key))

    def finish(self) -> None:
        """The next command begins anew."""
        self._note.unlink()


def joined(first: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    """The report of a run that was cut off, and of the run of the cases that it had not come to."""
    cases = sorted([*first["clauses"], *rest["clauses"]], key=lambda case: str(case["clause"]))
    counts = {
        how: first["counts"].get(how, 0) + rest["counts"].get(how, 0)
        for how in [*first["counts"], *rest["counts"]]
    }
    return {
        **rest,
        "began": first["began"],
        "seconds": round(first["seconds"] + rest["seconds"], 1),
        "selected": first["selected"],
        "counts": counts,
        "clauses": cases,
    }
