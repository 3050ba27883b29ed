# SPDX-License-Identifier: BSD-3-Clause
"""What storms have found: each way of failing once, with the scenario that shows it; kept for the next
storm."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from conformance.verdicts.verdict import without_addresses
from targets.outcome import Breach

_NAME = "findings.json"


@dataclass
class Finding:
    """way: how it fails.  file: the scenario that shows it, in the folder of the findings.  seen: how
    often.  scenario: "SEED/NUMBER" of the first one.  lines: of the file."""

    way: str
    file: str
    seen: int
    scenario: str
    lines: int


def way(error: Breach) -> str:
    """The way of failing, whichever line and whichever process of a role shows it."""
    told = [error.observed]
    if error.observed.startswith("line "):
        told.insert(0, error.expected)
    said = ": ".join(re.sub(r"^line \d+: ", "", part) for part in told)
    said = re.sub(r"\b(secondary|x)\d+\b", r"\1", said)
    return f"{type(error).__name__}: {without_addresses(said)}"


class Findings:
    """All of one folder, by way of failing; written at each change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / _NAME
        told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
        self.by_way = {one["way"]: Finding(**one) for one in told}

    def again(self, found: str) -> bool:
        """Counts a way of failing that is known; whether it is."""
        known = self.by_way.get(found)
        if known is not None:
            known.seen += 1
            self._write()
        return known is not None

    def add(self, found: str, scenario: str, text: str) -> Finding:
        """A way of failing that nobody has seen, with a text that shows it."""
        name = f"{hashlib.sha256(found.encode()).hexdigest()[:8]}.scenario"
        self.by_way[found] = Finding(found, name, 1, scenario, 0)
        self.shorter(found, text)
        return self.by_way[found]

    def shorter(self, found: str, text: str) -> None:
        """A shorter text that shows it."""
        one = self.by_way[found]
        one.lines = len(text.splitlines())
        (self.folder / one.file).write_text(f"# {found}\n{text}", encoding="utf-8")
        self._write()

    def _write(self) -> None:
        told = [asdict(one) for one in self.by_way.values()]
        new = self.folder / f"{_NAME}.new"
        new.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        new.replace(self.folder / _NAME)
