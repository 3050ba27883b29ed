# SPDX-License-Identifier: BSD-3-Clause
"""The findings about each clause, on disk: a run that is interrupted goes on where it was, and only
what has changed is tried again."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conformance.lies.trial import Finding

# Counts up when the lies themselves change so that old findings say nothing any more.
EDITION = 3


@dataclass(frozen=True)
class State:
    """folder: build/lies, or another.  release: of DPDK, "22.11.11"."""

    folder: Path
    release: str

    def _path(self, nodeid: str) -> Path:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", nodeid.removeprefix("conformance/"))
        return self.folder / self.release / f"{name}.json"

    def load(self, nodeid: str, key: str) -> Finding | None:
        """The findings about a clause whose source still has this key."""
        try:
            raw: dict[str, Any] = json.loads(self._path(nodeid).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if (raw.get("key"), raw.get("edition")) != (key, EDITION):
            return None
        return Finding(**raw["finding"])

    def save(self, nodeid: str, key: str, finding: Finding) -> None:
        """Whole, or not at all."""
        path = self._path(nodeid)
        path.parent.mkdir(parents=True, exist_ok=True)
        record = {"clause": nodeid, "key": key, "edition": EDITION, "finding": asdict(finding)}
        _write(path, record)

    def forget(self) -> None:
        """All that was found of this release."""
        shutil.rmtree(self.folder / self.release, ignore_errors=True)

    def select(self, keys: dict[str, str]) -> None:
        """Notes which clauses the run is about, by their node ids; each with the key of its source."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / "selected.json", keys)

    def selected(self) -> dict[str, str]:
        """The selection that was noted last."""
        text = (self.folder / "selected.json").read_text(encoding="utf-8")
        keys: dict[str, str] = json.loads(text)
        return keys


def _write(path: Path, content: dict[str, Any]) -> None:
    """Several workers may write the same file."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    draft.rename(path)
