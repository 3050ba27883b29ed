# SPDX-License-Identifier: BSD-3-Clause
"""The drawings that ci/benchmark made here, for the page of a run on the same DPDK."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "benchmark"
FILE = "benchmark.json"

# What a drawing shows, for those who do not see it.
DRAWINGS = {
    "rings": "Cycles an object takes through a ring between two processes: each mode, each burst.",
    "relay": "What a relay costs the processes that it stands between: ratios of the same round.",
    "traffic": "Frames a second that a hand carries and checks, beside Scapy's sendp: ratios.",
}


def drawings(reports: list[dict[str, Any]], folder: Path | None = None) -> list[dict[str, str]]:
    """The drawings of a benchmark of a DPDK that one of these runs is about; none where nothing was
    measured. Each has its words, and the address of an image that needs no other file."""
    folder = folder or FOLDER
    try:
        measured = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    if measured["dpdk"] not in {report["dpdk"] for report in reports}:
        return []
    return [
        {"words": words, "image": _address((folder / f"{part}.svg").read_bytes())}
        for part, words in DRAWINGS.items()
        if part in measured
    ]


def _address(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
