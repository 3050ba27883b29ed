# SPDX-License-Identifier: BSD-3-Clause
"""What a bundle holds: a manifest, which schema.json describes, and the files that it names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ci.bundles import archive
from ci.host.say import CannotRun

#: Of manifest.json and all that it says. A reader takes no newer one.
FORMAT = 1

MANIFEST = "manifest.json"
REPORT = "report.json"
PAGE = "index.html"
SCENARIO = "case.scenario"
#: The folder of what the scenes of the case have left.
SCENE = "scene"

#: What a run may be made of.
CLAUSE, OF_SCENARIO, OF_SCRIPT = "clause", "scenario", "script"

_SCHEMA = Path(__file__).with_name("schema.json")


@dataclass(frozen=True)
class Bundle:
    """manifest: as schema.json says.  files: the contents of all others, by their names below it."""

    manifest: dict[str, Any]
    files: dict[str, bytes]

    @property
    def way(self) -> str:
        """The signature of the failure, as ci/how_often.py writes it."""
        return str(self.manifest["case"]["way"])

    @property
    def scenario(self) -> str | None:
        """The scenario of it, or the script; None where it has none."""
        text = self.files.get(SCENARIO)
        return None if text is None else text.decode(errors="replace")

    def packed(self, stem: str) -> bytes:
        """The bytes of the archive, the manifest first: of the half of one, too, it tells."""
        text = json.dumps(self.manifest, indent=1) + "\n"
        made_s = int(datetime.fromisoformat(self.manifest["made"]).timestamp())
        return archive.packed(stem, {MANIFEST: text.encode(), **self.files}, made_s)


def sums(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """The part of a manifest that says of each file what it must be."""
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    }


@cache
def _validator() -> Any:
    import jsonschema  # A command may have installed it just now.

    return jsonschema.Draft202012Validator(json.loads(_SCHEMA.read_text()))


def read(path: Path) -> Bundle:
    """The bundle in a file. CannotRun, in one line, where the file is damaged, of a newer format, or made
    to do harm."""
    files = archive.unpacked(path)
    if MANIFEST not in files:
        raise CannotRun(f"{path} is no bundle: it has no {MANIFEST}")
    try:
        manifest: Any = json.loads(files.pop(MANIFEST).decode())
    except (ValueError, RecursionError) as error:
        raise CannotRun(f"{path} is no bundle: its {MANIFEST} is no JSON") from error
    bundle = Bundle(_checked(manifest, path), files)
    told = bundle.manifest["files"]
    wrong = sorted(set(told) ^ set(files)) or [
        name for name, is_so in sums(files).items() if told[name] != is_so
    ]
    if wrong:
        raise CannotRun(
            f"{path} is damaged: {ascii(wrong[0][:100])} is not what its {MANIFEST} says; have it sent "
            "again"
        )
    return bundle


def _checked(manifest: Any, path: Path) -> dict[str, Any]:
    """The manifest, which is of this file; CannotRun as read()."""
    number = manifest.get("format") if isinstance(manifest, dict) else None
    if isinstance(number, int) and number > FORMAT:
        raise CannotRun(
            f"{path} is of format {number}, and this version reads {FORMAT}: take the Gauntlet that it "
            "was made with, or a newer one"
        )
    wrong = next(_validator().iter_errors(manifest), None)
    if wrong is not None:
        where = "/".join(map(str, wrong.absolute_path)) or "the whole"
        raise CannotRun(f"{path} is no bundle: {MANIFEST}, {where[:60]!a}: {wrong.message[:120]!a}")
    return dict(manifest)
