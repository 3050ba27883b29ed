# SPDX-License-Identifier: BSD-3-Clause
"""Bundles of cases that nobody ran, and damaged ones, as a test wants them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any, Iterable

from ci.answer import example
from ci.bundles import archive, make
from ci.bundles.format import Bundle

CLAUSE = "conformance/rte_mp/test_request_sync.py::test_late_reply_answers_nothing_else[secondary]"

TIMELINE: list[dict[str, Any]] = [
    {"at": 1000, "who": "scene", "what": "begin", "isolation": "Namespaces"},
    {"at": 2000, "who": "primary1", "what": "start", "command": ["peer", "--control-fd=3", "--"]},
    {
        "at": 3000,
        "who": "primary1",
        "what": "tell mp_sendmsg",
        "id": 1,
        "param": "7365637265742121",
    },
    {"at": 4000, "who": "primary1", "what": "answer mp_sendmsg", "re": 1, "ret": -1},
    {"at": 5000, "who": "primary1", "what": "end", "how": "SIGSEGV"},
]


def scene_of(folder: Path, timeline: Iterable[dict[str, Any]] = TIMELINE) -> Path:
    """A folder with what the scene of a crash leaves."""
    peer = folder / "primary1"
    peer.mkdir(parents=True)
    lines = [json.dumps(line) for line in timeline]
    (folder / "timeline.jsonl").write_text("\n".join(lines) + "\n")
    (peer / "output").write_text("EAL: Detected CPU lcores: 2\n")
    (peer / "core.7.stacks").write_text("#0 rte_mp_sendmsg\n")
    (peer / "core.7").write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    return folder


def bundle(folder: Path, rest: Iterable[str] = (), **more: Any) -> Bundle:
    """The bundle of a case that has crashed, with its scene in this folder. more: of the case."""
    given = {"clause": CLAUSE, "scene": str(scene_of(folder)), **more}
    case = example.case("breaks", "primary1 died: SIGSEGV", **given)
    return make.of_case(example.report(case), case, list(rest))


def written(folder: Path, made: Bundle, stem: str = "example") -> Path:
    """The file of a bundle."""
    return archive.publish(folder, stem, made.packed(stem))


def tar(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A tar of zstd with these entries, whatever they are."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as file:
        for entry, content in entries:
            entry.size = entry.size or len(content)
            file.addfile(entry, io.BytesIO(content))
    return archive.compressed(plain.getvalue())


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> Any:
    """An entry of a tar."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size
    return made
