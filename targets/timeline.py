# SPDX-License-Identifier: BSD-3-Clause
"""Everything that happened in a scene, on one clock, one JSON line each."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any, TextIO


class Timeline:
    """Lines of {"at": CLOCK_MONOTONIC ns, "who", "what", ...} in a file, from any thread.

    Lines stand in the order in which the harness learned of them; "at" is when they happened (a peer
    stamps its own lines, on the same clock).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def add(self, who: str, what: str, at: int | None = None, **facts: Any) -> None:
        """One thing that happened to or by `who`; `at` in ns, now if not given."""
        stamp = time.monotonic_ns() if at is None else at
        line = json.dumps({"at": stamp, "who": who, "what": what, **facts}, default=str)
        with self._lock:
            if not self._file.closed:
                self._file.write(line + "\n")
                self._file.flush()

    def close(self) -> None:
        """No more lines; later ones are dropped."""
        with self._lock:
            self._file.close()
