# SPDX-License-Identifier: BSD-3-Clause
"""The IPC socket of a process, ours or not, as /proc tells it."""

from __future__ import annotations

import os
from pathlib import Path


def of(pid: int) -> dict[str, str]:
    """The path that its IPC socket was bound to, by the socket's inode; empty while it has none, or if
    the process is gone."""
    try:
        mine = {
            target[8:-1]
            for target in map(_link, Path(f"/proc/{pid}/fd").iterdir())
            if target.startswith("socket:[")
        }
        table = Path(f"/proc/{pid}/net/unix").read_text(errors="backslashreplace")
    except OSError:
        return {}
    found = {}
    for line in table.splitlines()[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[6] in mine and "/mp_socket" in fields[7]:
            found[fields[6]] = fields[7]
    return found


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
